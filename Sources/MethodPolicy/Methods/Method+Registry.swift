extension Method {
    /// GET, RFC 9110 section 9.3.1.
    public static var get: Method { Method(registered: "GET") }
    /// HEAD, RFC 9110 section 9.3.2.
    public static var head: Method { Method(registered: "HEAD") }
    /// POST, RFC 9110 section 9.3.3.
    public static var post: Method { Method(registered: "POST") }
    /// PUT, RFC 9110 section 9.3.4.
    public static var put: Method { Method(registered: "PUT") }
    /// PATCH, RFC 5789.
    public static var patch: Method { Method(registered: "PATCH") }
    /// DELETE, RFC 9110 section 9.3.5.
    public static var delete: Method { Method(registered: "DELETE") }
    /// OPTIONS, RFC 9110 section 9.3.7.
    public static var options: Method { Method(registered: "OPTIONS") }
    /// TRACE, RFC 9110 section 9.3.8.
    ///
    /// Known, and never allowed.
    public static var trace: Method { Method(registered: "TRACE") }
    /// CONNECT, RFC 9110 section 9.3.6.
    ///
    /// Known, and never allowed.
    public static var connect: Method { Method(registered: "CONNECT") }

    /// The IANA registry of methods less those that a policy can never allow, in `Allow` order.
    ///
    /// A method's place here is its bit in every ``MethodSet``.
    public static let registered: [Method] = [
        get, head, post, put, patch, delete, options,
        Method(registered: "ACL"), Method(registered: "BASELINE-CONTROL"),
        Method(registered: "BIND"), Method(registered: "CHECKIN"),
        Method(registered: "CHECKOUT"), Method(registered: "COPY"),
        Method(registered: "LABEL"), Method(registered: "LINK"),
        Method(registered: "LOCK"), Method(registered: "MERGE"),
        Method(registered: "MKACTIVITY"), Method(registered: "MKCALENDAR"),
        Method(registered: "MKCOL"), Method(registered: "MKREDIRECTREF"),
        Method(registered: "MKWORKSPACE"), Method(registered: "MOVE"),
        Method(registered: "ORDERPATCH"), Method(registered: "PROPFIND"),
        Method(registered: "PROPPATCH"), Method(registered: "QUERY"),
        Method(registered: "REBIND"), Method(registered: "REPORT"),
        Method(registered: "SEARCH"), Method(registered: "UNBIND"),
        Method(registered: "UNCHECKOUT"), Method(registered: "UNLINK"),
        Method(registered: "UNLOCK"), Method(registered: "UPDATE"),
        Method(registered: "UPDATEREDIRECTREF"), Method(registered: "VERSION-CONTROL"),
    ]

    /// What no policy may allow or declare.
    ///
    /// CONNECT opens a tunnel past every rule, TRACE and Microsoft's TRACK echo credentials, PRI is
    /// the HTTP/2 preface and `*` is reserved.
    public static let prohibited: [Method] = [
        connect, Method(registered: "PRI"), trace, Method(registered: "TRACK"),
        Method(registered: "*"),
    ]

    /// Whether a method, as a client sent it, is one of ``prohibited`` or differs by case only.
    ///
    /// Many origin servers ignore the case of methods. Allocates nothing.
    static func isProhibited(_ name: Span<UInt8>) -> Bool {
        prohibited.contains { method in
            let octets = method.name.utf8
            guard octets.count == name.count else { return false }
            return zip(octets, name.indices).allSatisfy {
                Octet.folded($0) == Octet.folded(name[$1])
            }
        }
    }
}
