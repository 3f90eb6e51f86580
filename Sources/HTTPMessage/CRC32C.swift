/// CRC32c, the checksum of iSCSI and SCTP (RFC 3720 section 12.1, RFC 4960 appendix B).
///
/// It is computed bit by bit, without a table: the only use is once a connection, over a header of
/// at most a few thousand octets.
enum CRC32C {
    /// The checksum of `bytes`, those of `zeroed` counted as zero: where the checksum itself
    /// stands.
    static func checksum(of bytes: Span<UInt8>, zeroing zeroed: ByteRange = .empty) -> UInt32 {
        var remainder = UInt32.max
        for index in 0..<bytes.count {
            let isZeroed = index >= zeroed.lowerBound && index < zeroed.upperBound
            remainder ^= isZeroed ? 0 : UInt32(bytes[index])
            for _ in 0..<8 {
                let isOdd = remainder & 1 != 0
                remainder &>>= 1
                // The polynomial, bits reversed.
                if isOdd { remainder ^= 0x82F6_3B78 }
            }
        }
        return ~remainder
    }
}
