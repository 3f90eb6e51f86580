extension MessageFault {
    /// One sentence for a person: what is wrong and what to do about it.
    public var explanation: String {
        lineExplanation ?? fieldExplanation ?? framingExplanation ?? contentExplanation
            ?? pathExplanation
    }

    private var lineExplanation: String? {
        switch code {
        case .bareCR:
            "A carriage return stands alone; end each line with CR LF."
        case .bareLF:
            "A line ends with LF alone; end each line with CR LF."
        case .invalidRequestLine:
            "The request line is not 'method SP target SP HTTP/1.1', with single spaces."
        case .invalidMethod:
            "The method contains a character that no method may have; methods are tokens."
        case .methodTooLong:
            "The method is longer than this gateway accepts."
        case .invalidTarget:
            "The request target has no form that HTTP allows here; send a path from '/' on."
        case .fragmentInTarget:
            "The request target contains '#'; leave the fragment out or send it as %23."
        case .userinfoInTarget:
            "The request target contains a user name; send credentials in the Authorization field."
        case .targetTooLong:
            "The request target is longer than this gateway accepts; move data into the content."
        case .unsupportedVersion:
            "The HTTP version is not supported here; use HTTP/1.1."
        case .invalidStatusLine:
            "The status line is not 'HTTP/1.1 SP status SP reason'."
        case .invalidStatus:
            "The status code is not a number from 100 to 599."
        default:
            nil
        }
    }

    private var fieldExplanation: String? {
        switch code {
        case .whitespaceBeforeFields:
            "White space stands before the first field line; remove it."
        case .obsoleteFold:
            "A field value continues on a second line; send it on one line."
        case .spaceBeforeColon:
            "White space stands between a field name and its colon; remove it."
        case .invalidFieldName:
            "A field line has no name, no colon, or a character that no field name may have."
        case .invalidFieldValue:
            "A field value contains a control character; remove or encode it."
        case .fieldLineTooLong:
            "A field line is longer than this gateway accepts; send less in it."
        case .tooManyFields:
            "There are more field lines than this gateway accepts; send fewer."
        case .headTooLarge:
            "The head is larger than this gateway accepts; send fewer or smaller fields."
        case .missingHost:
            "The Host field is missing; HTTP/1.1 requires it."
        case .duplicateHost:
            "There is more than one Host field; send exactly one."
        case .invalidHost:
            "The host is not a name, IPv4 address or bracketed IPv6 address, with or without port."
        case .authorityMismatch:
            "The request target and the Host field name different hosts; make them agree."
        default:
            nil
        }
    }

    private var framingExplanation: String? {
        switch code {
        case .invalidContentLength:
            "Content-Length is not one decimal number that fits in 63 bits."
        case .conflictingContentLength:
            "There is more than one Content-Length; send exactly one."
        case .contentLengthWithTransferEncoding:
            "Content-Length and Transfer-Encoding are both present; send only one of them."
        case .invalidTransferEncoding:
            "Transfer-Encoding is malformed or repeated; send 'chunked' once."
        case .unsupportedTransferCoding:
            "The transfer coding is not supported here; 'chunked' is the only one."
        case .chunkedInHTTP10:
            "Transfer-Encoding does not exist in HTTP/1.0; use HTTP/1.1 or Content-Length."
        case .invalidChunkSize:
            "A chunk's size is not a hexadecimal number that fits in 63 bits."
        case .invalidChunkExtension:
            "A chunk extension is malformed; leave chunk extensions out."
        case .chunkLineTooLong:
            "A chunk's size and extensions are longer than this gateway accepts."
        case .missingChunkEnd:
            "A chunk is not followed by CR LF where its size says that it ends."
        case .framingInTrailers:
            "The trailer section contains a field that frames or routes the message; send it first."
        case .trailersTooLarge:
            "The trailer section is larger than this gateway accepts; send fewer fields."
        default:
            nil
        }
    }

    private var contentExplanation: String? {
        switch code {
        case .duplicateContentType:
            "There is more than one Content-Type; send exactly one."
        case .contentCoding:
            "The form is compressed, so what it asks for cannot be judged; send it as it is."
        case .contentCharset:
            "The form's charset is not one that extends ASCII; send it as UTF-8."
        case .invalidBoundary:
            "Content-Type has no boundary, or one that servers read differently; send one plain "
                + "'boundary' parameter of 1 to 70 letters, digits and hyphens."
        case .ambiguousForm:
            "Servers would read the form's parts differently; end lines with CR LF, write each "
                + "boundary on a line of its own and name each part plainly."
        case .invalidDestination:
            "Destination is not one path from '/' on or one http or https URI, without user name, "
                + "query and fragment."
        case .foreignDestination:
            "Destination names another host than the request; copy and move within one host."
        default:
            nil
        }
    }

    private var pathExplanation: String {
        switch code {
        case .dotSegment:
            "The path has a '.' or '..' segment; send the path that it leads to."
        case .emptySegment:
            "The path contains '//'; send a single slash."
        case .encodedSlash:
            "The path contains %2F, which servers read differently; send a plain slash or none."
        case .backslash:
            "The path contains a backslash, plain or as %5C; remove it."
        case .encodedControl:
            "The path contains an encoded control character or line separator; remove it."
        case .doubleEncoding:
            "The path is percent-encoded twice; encode it once."
        case .invalidEscape:
            "The path has a '%' that two hexadecimal digits do not follow; send a plain '%' as %25."
        case .invalidUTF8:
            "The path's escapes are not valid UTF-8; encode it as UTF-8."
        case .pathParameter:
            "The path contains ';', plain or as %3B, which servers read differently; remove it."
        default:
            "The message is malformed."
        }
    }
}
