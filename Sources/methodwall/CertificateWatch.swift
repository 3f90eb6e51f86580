import Admin
import Gateway
import Logging

/// Keeps a gateway's certificates new, and tells of those that cannot be used.
actor CertificateWatch {
    /// How often the files are looked at without being told of a change.
    private static let beat = Duration.seconds(10)

    private let gateway: Gateway
    private let record: ReloadRecord
    private let logger: Logger
    private var told: [String] = []

    init(_ gateway: Gateway, _ record: ReloadRecord, _ logger: Logger) {
        self.gateway = gateway
        self.record = record
        self.logger = logger
    }

    /// Takes certificates that were renewed into use, as long as the task is not cancelled.
    func run() async {
        repeat {
            do {
                if try await gateway.refreshCertificates() {
                    record.noteCertificates(error: nil)
                    logger.info("certificates reloaded")
                }
            } catch {
                refuse(error)
            }
            tellOfTimes()
        } while (try? await Task.sleep(for: Self.beat)) != nil
    }

    /// Reads the certificates now.
    ///
    /// - Returns: What is wrong with them, in which case the previous ones stay in use.
    @discardableResult
    func reload() async -> String? {
        do {
            try await gateway.loadCertificates()
            record.noteCertificates(error: nil)
            tellOfTimes()
            return nil
        } catch {
            refuse(error)
            return "\(error)"
        }
    }

    private func refuse(_ error: any Error) {
        record.noteCertificates(error: "\(error)")
        logger.error(
            "certificates rejected; the previous ones stay in use",
            metadata: ["error": "\(error)"]
        )
    }

    /// One line for each certificate whose time is over or has not come, and no more until it is
    /// replaced.
    private func tellOfTimes() {
        let faults = gateway.certificateFaults
        for fault in faults where !told.contains(fault) {
            logger.error("a certificate is not valid", metadata: ["error": "\(fault)"])
        }
        told = faults
    }
}

extension Gateway {
    /// What is wrong now with the times of certificates, one line each.
    var certificateFaults: [String] {
        let now = ReloadRecord.unixMilliseconds()
        return certificateValidities.compactMap { $0.fault(atUnixMilliseconds: now) }
    }
}

extension CertificateValidity {
    /// What is wrong at a time: the file, when its certificate is valid, and what to do.
    func fault(atUnixMilliseconds now: Int64) -> String? {
        let (start, end) = (Self.milliseconds(notBefore), Self.milliseconds(notAfter))
        if now > end {
            return "\(file): expired at \(Self.text(end)); put a new certificate and its key in"
                + " place of the files"
        }
        if now < start {
            return "\(file): not valid before \(Self.text(start)); is the system's clock right?"
        }
        return nil
    }

    private static func text(_ milliseconds: Int64) -> String {
        AdminTime(unixMilliseconds: milliseconds).text ?? "a time before 1970 or after 9999"
    }

    private static func milliseconds(_ seconds: Int64) -> Int64 {
        let (result, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? (seconds < 0 ? .min : .max) : result
    }
}
