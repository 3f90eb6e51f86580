import Glibc

/// Reads one input of libFuzzer's with the target that the build chose; a finding ends the process,
/// so that libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func readInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    #if REQUEST_HEAD
        let verdict = RequestHeadTarget().checkAlone(input)
    #elseif RESPONSE_HEAD
        let verdict = ResponseHeadTarget().checkAlone(input)
    #elseif CONTENT
        let verdict = BodyTarget().checkAlone(input)
    #elseif FORM
        let verdict = FormTarget().check(input)
    #elseif CANONICAL_PATH
        let verdict = CanonicalPathTarget().check(input)
    #endif
    if let finding = verdict.finding {
        print("finding: \(finding)\ninput: \(literal(input))")
        abort()
    }
    return 0
}
