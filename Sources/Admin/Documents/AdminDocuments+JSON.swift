extension AdminReadiness {
    /// The document of `/readyz`.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.openObject()
        writer.key("ready")
        writer.value(isReady)
        writer.key("reasons")
        writer.value(reasons)
        if !warnings.isEmpty {
            writer.key("warnings")
            writer.value(warnings)
        }
        writer.closeObject()
        return writer.take()
    }
}

extension AdminReload {
    /// The document that answers `POST /reload`.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.openObject()
        writer.key("reloaded")
        switch self {
        case .reloaded(let version):
            writer.value(true)
            writer.key("version")
            writer.value(version)
        case .rejected(let errors):
            writer.value(false)
            writer.key("errors")
            writer.value(errors)
        }
        writer.closeObject()
        return writer.take()
    }
}

extension AdminStatus {
    /// The document of `/status`.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.openObject()
        writer.key("version")
        writer.value(version)
        writer.key("libcurl")
        writer.value(libcurl)
        writer.key("uptime_seconds")
        writer.value(uptimeSeconds)
        writer.key("draining")
        writer.value(isDraining)
        writer.key("reload")
        reload.write(to: &writer)
        writer.key("origins")
        writer.openArray()
        for origin in origins { origin.write(to: &writer) }
        writer.closeArray()
        writer.key("connections")
        writer.value(connections)
        writer.key("requests")
        writer.value(requests)
        writer.key("forwarded")
        writer.value(forwarded)
        writer.key("refused")
        writer.value(refused)
        writer.key("would_refuse")
        writer.value(wouldRefuse)
        writer.key("answered")
        writer.value(answered)
        writer.key("log_lines_lost")
        writer.value(logLinesLost)
        writer.closeObject()
        return writer.take()
    }
}

extension AdminStatus.Reload {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("state")
        writer.value(hasSucceeded ? "ok" : "failed")
        writer.key("at")
        writer.value(at)
        writer.key("policy_version")
        writer.value(policyVersion)
        writer.key("errors")
        writer.value(errors)
        writer.closeObject()
    }
}

extension AdminStatus.Origin {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("upstream")
        writer.value(upstream)
        writer.key("target")
        writer.value(target)
        writer.key("healthy")
        writer.value(isHealthy)
        writer.key("connections")
        writer.value(connections)
        writer.key("idle")
        writer.value(idle)
        writer.key("waiting")
        writer.value(waiting)
        writer.key("failures")
        writer.value(failures)
        writer.closeObject()
    }
}
