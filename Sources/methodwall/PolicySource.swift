import PolicyFile

/// Where commands that serve nothing find policies: a configuration file, or paths alone.
struct PolicySource {
    /// What is wrong with the configuration file.
    let diagnostics: [Diagnostic]
    /// Whether the configuration file could not be read at all.
    let isUnreadable: Bool
    private let document: GatewayDocument?
    private let hasConfiguration: Bool
    private let insecurePermissions: Bool

    init(config: String?, insecurePermissions: Bool) {
        self.insecurePermissions = insecurePermissions
        hasConfiguration = config != nil
        guard let config else {
            (document, diagnostics, isUnreadable) = (nil, [], false)
            return
        }
        let load = GatewayDocument.read(path: config, insecurePermissions: insecurePermissions)
        (document, diagnostics, isUnreadable) = (load.document, load.diagnostics, load.isUnreadable)
    }

    /// Whether there is nothing wrong with the configuration file.
    var isValid: Bool { !hasConfiguration || document != nil }

    /// A loader of the paths, or of what stands in for them where there are none.
    ///
    /// A configuration file that is broken does not say where policies are, so then there is
    /// nothing to load but the paths.
    ///
    /// Without a configuration file nobody knows which upstreams there will be, so any name is as
    /// good as another, nor whether a listener asks for certificates.
    func loader(_ paths: [String]) -> PolicyLoader {
        var options = LoadOptions(
            defaultUpstream: "default",
            isKnownUpstream: { _ in true },
            insecurePermissions: insecurePermissions
        )
        options.hasClientCertificates = true
        if let document {
            options = LoadOptions(
                defaultUpstream: document.defaultUpstream,
                upstreamNames: document.upstreams.map(\.name),
                insecurePermissions: insecurePermissions
            )
            options.hasClientCertificates = document.asksForClientCertificates
        }
        if paths.isEmpty, !isValid { return PolicyLoader(paths: [], options: options) }
        return PolicyLoader(
            paths: paths.isEmpty ? [document?.policies ?? "policies"] : paths,
            options: options
        )
    }
}
