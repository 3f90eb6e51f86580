import TestKit
import Testing

/// A `methodwall` with a listening socket that it was passed as systemd passes one.
struct SystemdSocket {
    let process: ChildProcess
    /// The socket's TCP port.
    let port: Int

    /// Starts it and waits until it accepts from the socket.
    ///
    /// - Parameters:
    ///   - name: what the socket is called, `systemd:` before it in the configuration.
    ///   - arguments: the arguments of `methodwall`.
    ///   - environment: variables on top of this process's own.
    ///   - folder: the working directory; nil for this process's own.
    /// - Throws: an error if it does not listen in time.
    init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        folder: String? = nil
    ) throws {
        // What systemd does, in Python: the socket becomes descriptor 3 of the program.
        let script = """
            import os, socket, sys
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(16)
            print("port", s.getsockname()[1], flush=True)
            os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="\(name)")
            os.execv(sys.argv[1], sys.argv[1:])
            """
        process = try ChildProcess(
            try Programs.installed("python3"),
            ["-c", script, try Programs.methodwall()] + arguments,
            environment: environment,
            folder: folder
        )
        let line = try process.waitForLine(.standardOutput, containing: "port ")
        port = try #require(Int(line.dropFirst(5)))
        _ = try process.waitForLine(.standardError, containing: "listening on systemd:\(name)")
    }
}
