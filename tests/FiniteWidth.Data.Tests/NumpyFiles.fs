/// Files that numpy 1.24.2 wrote, and what is in them: in C order, the entries are First, First + Step, First + 2 Step, ...
module FiniteWidth.Data.Tests.NumpyFiles

open System

type NumpyFile =
    {
        Name: string
        Base64: string
        Shape: int list
        First: float
        Step: float
    }

    member file.Bytes = Convert.FromBase64String file.Base64
    override file.ToString() = file.Name

let npyFiles =
    [
        {
            Name = "little-endian f2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAuAC0AAAANAA4ADo="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "little-endian f4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAC/AACAvgAAAAAAAIA+AAAAPwAAQD8="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "little-endian f8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADgvwAAAAAAANC/AAAAAAAAAAAAAAAAAADQPwAAAAAAAOA/AAAAAAAA6D8="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "little-endian i2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+////AAABAAIAAwA="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "little-endian i4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+/////////wAAAAABAAAAAgAAAAMAAAA="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "little-endian i8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+////////////////////AAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAA="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "little-endian u2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAEAAgADAAQABQA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "little-endian u4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPHU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAQAAAAIAAAADAAAABAAAAAUAAAA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "little-endian u8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPHU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "big-endian f2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAq4ALQAAAA0ADgAOgA="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "big-endian f4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAq/AAAAvoAAAAAAAAA+gAAAPwAAAD9AAAA="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "big-endian f8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAq/4AAAAAAAAL/QAAAAAAAAAAAAAAAAAAA/0AAAAAAAAD/gAAAAAAAAP+gAAAAAAAA="
            Shape = [ 2; 3 ]
            First = -0.5
            Step = 0.25
        }
        {
            Name = "big-endian i2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr//v//AAAAAQACAAM="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "big-endian i4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr////+/////wAAAAAAAAABAAAAAgAAAAM="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "big-endian i8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr//////////v//////////AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAACAAAAAAAAAAM="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "big-endian u2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPnUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAABAAIAAwAEAAU="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "big-endian u4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPnU0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAQAAAAIAAAADAAAABAAAAAU="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "big-endian u8"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPnU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAEAAAAAAAAAAU="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "i1"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnfGkxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr+/wABAgM="
            Shape = [ 2; 3 ]
            First = -2.0
            Step = 1.0
        }
        {
            Name = "u1"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAU="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "bool"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQ=="
            Shape = [ 2 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "a single number"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADgvw=="
            Shape = []
            First = -0.5
            Step = 0.25
        }
        {
            Name = "a vector"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBA"
            Shape = [ 5 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "rank 3"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDQpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBAAAAAAAAAFEAAAAAAAAAYQAAAAAAAABxAAAAAAAAAIEAAAAAAAAAiQAAAAAAAACRAAAAAAAAAJkAAAAAAAAAoQAAAAAAAACpAAAAAAAAALEAAAAAAAAAuQAAAAAAAADBAAAAAAAAAMUAAAAAAAAAyQAAAAAAAADNAAAAAAAAANEAAAAAAAAA1QAAAAAAAADZAAAAAAAAAN0A="
            Shape = [ 2; 3; 4 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "rank 4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMsIDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhc="
            Shape = [ 2; 3; 2; 2 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "Fortran order of rank 2"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAhAAAAAAAAA8D8AAAAAAAAQQAAAAAAAAABAAAAAAAAAFEA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "Fortran order of rank 3"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPmkyJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAMAAQAEAAIABQAAQANAAUAEQAJABUAAgAOAAYAEgAKABYAAwAPAAcAEwALABc="
            Shape = [ 2; 3; 4 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "Fortran order of rank 4"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoADAQQCBQCDgYSChYBDQURCRUDDwcTCxc="
            Shape = [ 2; 3; 2; 2 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "format 2.0"
            Base64 =
                "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBAAAAAAAAAFEA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "format 3.0"
            Base64 =
                "k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBAAAAAAAAAFEA="
            Shape = [ 2; 3 ]
            First = 0.0
            Step = 1.0
        }
        {
            Name = "no rows"
            Base64 =
                "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo="
            Shape = [ 0; 3 ]
            First = 0.0
            Step = 1.0
        }
    ]

/// x_train = 0 .. 11 as uint8 of shape (3, 2, 2), y_train = (-1, 1, -1) as int8, x_test = 0, 0.5 .. 3.5 as float32 of shape (2, 2, 2),
/// y_test = (1, -1) as float64 of shape (2, 1); from savez.
let storedNpz =
    Convert.FromBase64String
        "UEsDBBQAAAAAAAAAIQCaCbEcjAAAAIwAAAALABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCAyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECAwQFBgcICQoLUEsDBBQAAAAAAAAAIQDgImtOgwAAAIMAAAALABQAeV90cmFpbi5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3xpMScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAK/wH/UEsDBBQAAAAAAAAAIQBpZ5YuoAAAAKAAAAAKABQAeF90ZXN0Lm5weQEAEACgAAAAAAAAAKAAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAPwAAgD8AAMA/AAAAQAAAIEAAAEBAAABgQFBLAwQUAAAAAAAAACEArMCIl5AAAACQAAAACgAUAHlfdGVzdC5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAxKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA8D8AAAAAAADwv1BLAQIUAxQAAAAAAAAAIQCaCbEcjAAAAIwAAAALAAAAAAAAAAAAAACAAQAAAAB4X3RyYWluLm5weVBLAQIUAxQAAAAAAAAAIQDgImtOgwAAAIMAAAALAAAAAAAAAAAAAACAAckAAAB5X3RyYWluLm5weVBLAQIUAxQAAAAAAAAAIQBpZ5YuoAAAAKAAAAAKAAAAAAAAAAAAAACAAYkBAAB4X3Rlc3QubnB5UEsBAhQDFAAAAAAAAAAhAKzAiJeQAAAAkAAAAAoAAAAAAAAAAAAAAIABZQIAAHlfdGVzdC5ucHlQSwUGAAAAAAQABADiAAAAMQMAAAAA"

/// The same, from savez_compressed.
let deflatedNpz =
    Convert.FromBase64String
        "UEsDBBQAAAAIAAAAIQCaCbEcVAAAAIwAAAALABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkZApKmjUKtAHuBiYGRiZmFlY+fg5OIGAFBLAwQUAAAACAAAACEA4CJrTkcAAACDAAAACwAUAHlfdHJhaW4ubnB5AQAQAIMAAAAAAAAARwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2morqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFACu/4z/AVBLAwQUAAAACAAAACEAaWeWLlwAAACgAAAACgAUAHhfdGVzdC5ucHkBABAAoAAAAAAAAABcAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CiCkqaNQq0Ae4GKAAHsGhgYgPgDEDA4MDApA7ADECQ4AUEsDBBQAAAAIAAAAIQCswIiXTgAAAJAAAAAKABQAeV90ZXN0Lm5weQEAEACQAAAAAAAAAE4AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKhpo6CrUKZAMuBjD4YA+l9wMAUEsBAhQDFAAAAAgAAAAhAJoJsRxUAAAAjAAAAAsAAAAAAAAAAAAAAIABAAAAAHhfdHJhaW4ubnB5UEsBAhQDFAAAAAgAAAAhAOAia05HAAAAgwAAAAsAAAAAAAAAAAAAAIABkQAAAHlfdHJhaW4ubnB5UEsBAhQDFAAAAAgAAAAhAGlnli5cAAAAoAAAAAoAAAAAAAAAAAAAAIABFQEAAHhfdGVzdC5ucHlQSwECFAMUAAAACAAAACEArMCIl04AAACQAAAACgAAAAAAAAAAAAAAgAGtAQAAeV90ZXN0Lm5weVBLBQYAAAAABAAEAOIAAAA3AgAAAAA="

let arrayOfObjects =
    Convert.FromBase64String
        "k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqAA2NudW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEAY251bXB5Cm5kYXJyYXkKcQFLAIVxAkMBYnEDh3EEUnEFKEsBSwKFcQZjbnVtcHkKZHR5cGUKcQdYAgAAAE84cQiJiIdxCVJxCihLA1gBAAAAfHELTk5OSv////9K/////0s/dHEMYoldcQ0ofXEOSwFldHEPYi4="

let arrayOfRecords =
    Convert.FromBase64String
        "k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxmNCcpLCAoJ2InLCAnPGk0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAA"

let arrayOfText =
    Convert.FromBase64String
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPFUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAphAAAAYgAAAGMAAAAAAAAA"

let arrayOfComplexNumbers =
    Convert.FromBase64String
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGMxNicsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
