extension NetworkAddress {
    /// The part of the address that one client has: an IPv4 address whole, of an IPv6 address the
    /// first 64 bits (RFC 4291 section 2.5.4), within which a client gives itself any address.
    ///
    /// A number that stays the same from one process to the next, and is never zero for an address
    /// that a client can have.
    public var clientNumber: UInt64 {
        isIPv4 ? UInt64(truncatingIfNeeded: value & 0xFFFF_FFFF_FFFF) : UInt64(value >> 64)
    }
}
