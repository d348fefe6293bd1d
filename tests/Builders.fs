namespace FiniteWidth.Testing

open Expecto

/// Lists of named cases, and how properties are tried.
[<AutoOpen>]
module Builders =
    /// A test for each case, by its name.
    let testCases name (cases: (string * 'T) list) (test: 'T -> unit) =
        testList name [ for label, case in cases -> testCase label (fun () -> test case) ]

    /// A property is tried on this many values.
    let maxTest count =
        { FsCheckConfig.defaultConfig with
            maxTest = count
        }

    /// A property is tried on what the static members of a type generate.
    let madeBy<'Generators> =
        { FsCheckConfig.defaultConfig with
            arbitrary = [ typeof<'Generators> ]
        }
