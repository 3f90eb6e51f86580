internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// What a listener in the clear does with permitted requests where HTTPS is asked for.
extension ClientConnection {
    /// 308 to the same host and target by HTTPS, with the method kept (RFC 9110 §15.4.9).
    func redirect(
        to port: Int,
        reporting refusal: Refusal?,
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) {
        let authority = bytes.bytes(in: head.authority)
        guard !authority.isEmpty else {
            let fault = MessageFault(.missingHost)
            var missing = GatewayRefusal(fault.refusalReason, closes: true)
            missing.fault = fault
            return refuse(missing, head, bytes)
        }
        if let refusal { report(GatewayRefusal(refusal), head, bytes) }
        worker.counters.redirected &+= 1
        access?.answers(308)
        let closes = mustClose(head) || mustCloseForContent(head)
        let host = authority.bytes(in: ByteRange(0, Self.hostEnd(of: authority)))
        write { output in
            output.writeStatusLine(308)
            output.append("Location: https://")
            output.append(host)
            if port != 443 {
                output.append(":")
                output.append(decimal: UInt64(clamping: port))
            }
            if worker.judge.isPathAsSent {
                output.append(bytes.bytes(in: head.path))
            } else {
                output.append(worker.judge.path)
            }
            if head.hasQuery {
                output.append("?")
                output.append(bytes.bytes(in: head.query))
            }
            output.append("\r\nCache-Control: no-store\r\nContent-Length: 0\r\n")
            output.finishHead(date: worker.date.value, closes: closes, version: head.version)
        }
        answered(closes: closes)
    }

    /// Where the host of `host:port` or `[address]:port` ends.
    private static func hostEnd(of authority: Span<UInt8>) -> Int {
        var index = authority.count
        while index > 0 {
            index -= 1
            if authority[index] == 0x3A { return index }
            if authority[index] == 0x5D { break }
        }
        return authority.count
    }
}
