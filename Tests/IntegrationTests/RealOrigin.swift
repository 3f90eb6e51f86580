import Foundation
import TestKit

/// An nginx or Apache that a test started on a free port, with its access log.
final class RealOrigin: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case nginx
        case apache
    }

    let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder
    private let kind: Kind

    init(_ kind: Kind) throws {
        self.kind = kind
        let folder = try TemporaryFolder()
        let port = try freePort()
        self.folder = folder
        self.port = port
        try folder.write("a plain file\n", to: "content/status")
        try folder.write("users\n", to: "content/users")
        try folder.write("seven\n", to: "content/item/7")
        try folder.write("kept\n", to: "content/dav/kept.txt")
        // Servers that give up root need to read and write below the temporary folder.
        for path in ["", "content", "content/item", "content/dav"] {
            chmod(folder.path(path), 0o777)
        }
        switch kind {
        case .nginx:
            let file = try folder.write(Self.nginx(port, folder), to: "nginx.conf")
            process = try ChildProcess(
                try Programs.installed("nginx"),
                ["-p", folder.path, "-c", file, "-e", "stderr"]
            )
        case .apache:
            let file = try folder.write(Self.apache(port, folder), to: "apache.conf")
            process = try ChildProcess(
                try Programs.installed("apache2"),
                ["-f", file, "-DFOREGROUND"]
            )
        }
        let isUp = eventually(within: .seconds(15)) { (try? RawClient(port: port)) != nil }
        guard isUp else {
            throw WireError.deadline("\(kind) to listen: \(process.text(.standardError))")
        }
    }

    deinit { process.stop() }

    /// The access log: a line with method and path for each request.
    var accessLog: String { (try? folder.read("access.log")) ?? "" }

    /// Starts nginx with one `server` block of the test's own.
    static func startNginx(
        port: Int,
        server: String
    ) throws -> (process: ChildProcess, folder: TemporaryFolder) {
        let folder = try TemporaryFolder()
        let file = try folder.write(nginx(folder, server: server), to: "nginx.conf")
        let process = try ChildProcess(
            try Programs.installed("nginx"),
            ["-p", folder.path, "-c", file, "-e", "stderr"]
        )
        guard eventually(within: .seconds(15), { (try? RawClient(port: port)) != nil }) else {
            throw WireError.deadline("nginx to listen: \(process.text(.standardError))")
        }
        return (process, folder)
    }

    private static func nginx(_ port: Int, _ folder: TemporaryFolder) -> String {
        let server = """
            server {
                listen 127.0.0.1:\(port);
                client_max_body_size 0;
                add_header X-Origin nginx always;
                root \(folder.path("content"));
                location / { }
                location /item/ { return 200 "$request_method\\n"; }
                location /dav/ { return 200 "$request_method\\n"; }
            }
            """
        return nginx(folder, server: server)
    }

    private static func nginx(_ folder: TemporaryFolder, server: String) -> String {
        """
        daemon off;
        master_process off;
        pid \(folder.path("nginx.pid"));
        error_log stderr warn;
        events { worker_connections 256; }
        http {
            log_format short '$request_method $request_uri';
            access_log \(folder.path("access.log")) short;
            client_body_temp_path \(folder.path("body"));
            proxy_temp_path \(folder.path("proxy"));
            fastcgi_temp_path \(folder.path("fastcgi"));
            uwsgi_temp_path \(folder.path("uwsgi"));
            scgi_temp_path \(folder.path("scgi"));
            \(server)
        }
        """
    }

    private static func apache(_ port: Int, _ folder: TemporaryFolder) -> String {
        let user = getuid() == 0 ? "User www-data\nGroup www-data" : ""
        let modules = ["mpm_event", "authz_core", "headers", "dav", "dav_fs", "mime"].map {
            "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
        }
        return """
            \(modules.joined(separator: "\n"))
            \(user)
            ServerRoot "\(folder.path)"
            ServerName localhost
            Listen 127.0.0.1:\(port)
            PidFile "\(folder.path("apache.pid"))"
            DefaultRuntimeDir "\(folder.path)"
            ErrorLog "\(folder.path("error.log"))"
            LogLevel warn
            LogFormat "%m %U%q" short
            CustomLog "\(folder.path("access.log"))" short
            TypesConfig /dev/null
            StartServers 1
            Header always set X-Origin apache
            DavLockDB "\(folder.path("content/lock"))"
            DocumentRoot "\(folder.path("content"))"
            <Directory "\(folder.path("content"))">
                Require all granted
            </Directory>
            <Location "/dav">
                Dav On
            </Location>
            """
    }
}
