import Foundation
import TestKit
import Testing

/// A framework on the server it runs on.
enum Framework: String, Sendable, CaseIterable, CustomTestStringConvertible {
    /// Symfony HttpFoundation on Apache with PHP as a module.
    case phpModule
    /// Symfony HttpFoundation on PHP's own server, which takes field names that Apache drops.
    case phpServer
    /// Rack::MethodOverride on WEBrick.
    case rack
    /// An override middleware on wsgiref, with forms read by Werkzeug.
    case wsgi
    /// A filter like Spring's HiddenHttpMethodFilter on Tomcat.
    case tomcat
    /// Apache with mod_dav.
    case dav

    static let php: [Framework] = [.phpModule, .phpServer]
    /// All that take a method from fields, query or forms.
    static let overriding: [Framework] = [.phpModule, .phpServer, .rack, .wsgi, .tomcat]

    var testDescription: String { rawValue }

    /// The folder below `Services`.
    var serviceFolder: String {
        switch self {
        case .phpModule, .phpServer: "php"
        case .rack, .wsgi, .tomcat, .dav: rawValue
        }
    }

    /// Debian's packages.
    var packages: [String] {
        switch self {
        case .phpModule: ["apache2", "libapache2-mod-php", "php-symfony-http-foundation"]
        case .phpServer: ["php-cli", "php-symfony-http-foundation"]
        case .rack: ["ruby-rack", "ruby-webrick"]
        case .wsgi: ["python3-werkzeug"]
        case .tomcat: ["tomcat10", "default-jdk-headless"]
        case .dav: ["apache2"]
        }
    }

    /// The command that starts the service in the foreground.
    ///
    /// - Parameters:
    ///   - folder: holds the service's folder and its `acted.log`.
    ///   - port: the port to listen on.
    /// - Returns: the program's absolute path and its arguments.
    func command(in folder: TemporaryFolder, port: Int) -> [String] {
        let acted = folder.path(FrameworkService.actedName)
        switch self {
        case .phpModule, .dav:
            let root = getuid() == 0 ? ["-D", "root"] : []
            let values = ["-C", "Define port \(port)", "-C", "Define folder \(folder.path)"]
            let file = folder.path("\(serviceFolder)/apache.conf")
            return ["/usr/sbin/apache2", "-DFOREGROUND", "-f", file] + values + root
        case .phpServer:
            let server = ["-d", "arg_separator.input=;&", "-S", "127.0.0.1:\(port)"]
            return ["/usr/bin/php"] + server + [folder.path("php/index.php")]
        case .rack:
            return ["/usr/bin/ruby", folder.path("rack/service.rb"), "\(port)", acted]
        case .wsgi:
            return ["/usr/bin/python3", folder.path("wsgi/service.py"), "\(port)", acted]
        case .tomcat:
            let home = "/usr/share/tomcat10"
            let properties = [
                "catalina.home=\(home)", "catalina.base=\(folder.path)", "http.port=\(port)",
                "java.io.tmpdir=\(folder.path("temp"))", "acted=\(acted)",
            ]
            let path = "\(home)/bin/bootstrap.jar:\(home)/bin/tomcat-juli.jar"
            return ["/usr/bin/java", "-XX:-UsePerfData"] + properties.map { "-D\($0)" }
                + ["-cp", path, "org.apache.catalina.startup.Bootstrap", "start"]
        }
    }

    /// What must be there before the command runs.
    func prepare(_ folder: TemporaryFolder) throws {
        switch self {
        case .phpModule, .phpServer, .rack, .wsgi:
            break
        case .tomcat:
            let classes = folder.path("webapps/ROOT/WEB-INF/classes")
            for path in [classes, folder.path("temp"), folder.path("conf")] {
                try FileManager.default.createDirectory(
                    atPath: path,
                    withIntermediateDirectories: true
                )
            }
            try folder.write(try folder.read("tomcat/server.xml"), to: "conf/server.xml")
            let library = "/usr/share/tomcat10/lib/servlet-api.jar"
            let compiled = try ChildProcess.run(
                "/usr/bin/javac",
                ["-cp", library, "-d", classes, folder.path("tomcat/Service.java")],
                within: .seconds(60)
            )
            guard compiled.status == 0 else { throw WireError.malformed(compiled.error) }
        case .dav:
            try folder.write("a public file\n", to: "content/public/source")
            try folder.write("a secret file\n", to: "content/secret/kept")
        }
    }
}
