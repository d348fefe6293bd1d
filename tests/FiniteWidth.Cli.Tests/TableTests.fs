/// Tables as people have them: read to the right number, or refused in one sentence that names the place and says what would be right.
module FiniteWidth.Cli.Tests.TableTests

open System
open System.IO
open System.Text
open System.Text.Json
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Cli.Tests.MalformedTests
open FiniteWidth.Testing

/// A pair of tables with what the job says of them.
type Tables =
    {
        Name: string
        Train: byte[]
        Test: byte[]
        /// Further keys of "data".
        Keys: string
    }

    override tables.ToString() = tables.Name

let private utf8 (text: string) = Encoding.UTF8.GetBytes text

let private tables name keys (train: string) (test: string) =
    {
        Name = name
        Train = utf8 train
        Test = utf8 test
        Keys = keys
    }

let private plain =
    tables "plain" "" "a,b,y\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n" "a,b,y\n1,1,0.3\n"

let private arguments tables folder =
    File.WriteAllBytes(Path.Combine(folder, "train.csv"), tables.Train)
    File.WriteAllBytes(Path.Combine(folder, "test.csv"), tables.Test)
    let keys = if tables.Keys = "" then "" else ", " + tables.Keys

    predict
        (soundBut [
            "data", $"""{{"source": "csv", "train": "train.csv", "test": "test.csv"{keys}}}"""
            "theory", "\"infinite-width\""
        ])
        folder

let private loss tables =
    let outcome = inFolder (arguments tables >> run)
    Expect.isEmpty outcome.Err "err"
    Expect.equal outcome.Code 0 "code"
    use document = JsonDocument.Parse outcome.Out
    document.RootElement.GetProperty("points").[0].GetProperty("loss").GetDouble()

let private marked (encoding: Encoding) (text: string) =
    Array.append (encoding.GetPreamble()) (encoding.GetBytes text)

let private trainText, private testText =
    Encoding.UTF8.GetString plain.Train, Encoding.UTF8.GetString plain.Test

let private same =
    [
        tables "columns in another order" "" trainText "y,b,a\n0.3,1,1\n"
        tables "no headers" "" "1,2,1\n0.5,-1,-1\n-1,1,0.5\n" "1,1,0.3\n"
        tables "no headers, as the job says" "\"header\": false" "1,2,1\n0.5,-1,-1\n-1,1,0.5\n" "1,1,0.3\n"
        tables "names that are numbers" "\"header\": true" "0,1,2\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n" "0,1,2\n1,1,0.3\n"
        tables
            "numbers as names, in another order"
            "\"header\": true"
            "0,1,2\n1,2,1\n0.5,-1,-1\n-1,1,0.5\n"
            "2,1,0\n0.3,1,1\n"
        tables
            "a first example 0, 1"
            "\"header\": false, \"standardize\": \"none\""
            "1,2,1\n0.5,-1,-1\n-1,1,0.5\n"
            "1,1,0.3\n"
        tables "a header that is said to be one" "\"header\": true" trainText testText
        tables "a header left to be found" "\"header\": null" trainText testText
        tables "the target first" "\"target\": \"y\"" "y,a,b\n1,1,2\n-1,0.5,-1\n0.5,-1,1\n" "y,a,b\n0.3,1,1\n"
        tables "the target in a list" "\"target\": [\"y\"]" "y,a,b\n1,1,2\n-1,0.5,-1\n0.5,-1,1\n" testText
        tables
            "the row numbers of pandas left out"
            "\"ignore\": \"\""
            ",a,b,y\n0,1,2,1\n1,0.5,-1,-1\n2,-1,1,0.5\n"
            ",a,b,y\n0,1,1,0.3\n"
        tables
            "row numbers that pandas wrote twice"
            "\"ignore\": [\"Unnamed: 0\"]"
            "Unnamed: 0,a,b,y\n0,1,2,1\n1,0.5,-1,-1\n2,-1,1,0.5\n"
            "Unnamed: 0,a,b,y\n0,1,1,0.3\n"
        tables
            "a column of words left out of both tables"
            "\"ignore\": [\"name\"]"
            "name,a,b,y\nx,1,2,1\n\"y, z\",0.5,-1,-1\n,-1,1,0.5\n"
            "a,name,b,y\n1,NA,1,0.3\n"
        tables
            "a column left out that only one table has"
            "\"ignore\": [\"id\"]"
            "id,a,b,y\n7,1,2,1\n8,0.5,-1,-1\n9,-1,1,0.5\n"
            testText
        tables
            "a separator at the end of lines"
            "\"ignore\": [\"\"]"
            "a,b,y,\n1,2,1,\n0.5,-1,-1,\n-1,1,0.5,\n"
            "a,b,y,\n1,1,0.3,\n"
        tables "carriage returns" "" (trainText.Replace("\n", "\r\n")) (testText.Replace("\n", "\r\n"))
        tables "old line ends" "" (trainText.Replace("\n", "\r")) (testText.Replace("\n", "\r"))
        tables "no line end at the end" "" (trainText.TrimEnd()) (testText.TrimEnd())
        tables "blank lines" "" ("\n\n" + trainText.Replace("\n", "\n\n  \n")) (testText + "\n\n")
        tables "quoted fields" "" "\"a\",\"b\",\"y\"\n\"1\",2,1\n0.5,\"-1\",-1\n-1,1,\"0.5\"\n" testText
        tables "spaces around fields" "" "a , b ,y\n 1, 2, 1\n 0.5 ,-1,-1\n-1,1,0.5 \n" testText
        tables "exponents and plus signs" "" "a,b,y\n1e0,+2,1\n5E-1,-1.0,-1\n-1,1,.5\n" testText
        tables
            "semicolons and decimal commas"
            "\"separator\": \";\", \"decimal\": \",\""
            "a;b;y\n1;2;1\n0,5;-1;-1\n-1;1;0,5\n"
            "a;b;y\n1;1;0,3\n"
        tables "tabs" "\"separator\": \"tab\"" (trainText.Replace(',', '\t')) (testText.Replace(',', '\t'))
        tables "tabs, escaped" "\"separator\": \"\\t\"" (trainText.Replace(',', '\t')) (testText.Replace(',', '\t'))
        tables "spaces" "\"separator\": \" \"" (trainText.Replace(',', ' ')) (testText.Replace(',', ' '))
        { plain with
            Name = "a byte order mark"
            Train = marked (UTF8Encoding true) trainText
        }
        { plain with
            Name = "UTF-16 with its mark"
            Train = marked Encoding.Unicode trainText
            Test = marked Encoding.BigEndianUnicode testText
        }
        tables
            "names in other scripts"
            "\"target\": \"größe\""
            "größe,長,β\n1,1,2\n-1,0.5,-1\n0.5,-1,1\n"
            "長,größe,β\n1,0.3,1\n"
    ]

let private refusedTables name says tables = mistake name says (arguments tables)

/// A training table that is wrong beside a test table that is right.
let private train name says text =
    refusedTables name says { plain with Train = utf8 text }

let private test name says text =
    refusedTables name says { plain with Test = utf8 text }

let private both name says keys trainText testText =
    refusedTables name says (tables name keys trainText testText)

let private trainBytes name says bytes =
    refusedTables name says { plain with Train = bytes }

let private mistakes =
    [
        test "headers that differ" "Its header lacks a, b, y and has besides u, v, w, unlike" "u,v,w\n1,2,0.3\n"
        test "one header that differs" "Its header lacks b and has besides B" "a,B,y\n1,2,0.3\n"
        test "a test table with a column more" "Its header has besides c" "a,b,c,y\n1,2,3,0.3\n"
        test "a test table with a column less" "Its header lacks b" "a,y\n1,0.3\n"
        test "a test table without a header" "give both tables a header" "1,2,0.3\n"
        test "a test table without targets" "not its targets: a test error needs them" "b,a\n1,2\n"
        test "a test table without lines" "a header and no lines" "a,b,y\n"
        test "a test table of blank lines" "no lines but blank ones" "\n\n"
        test "a test value that is missing" "test.csv: Line 2, column 2 (b) is empty" "a,b,y\n1,,0.3\n"
        test "a test table with a name twice" "2 columns are named 'b'" "a,b,b,y\n1,2,2,0.3\n"
        both "a header in the test table alone" "give both tables a header" "" "1,2,1\n0.5,-1,-1\n" testText
        both "test lines of another length" "Its first line has 5 fields" "" "1,2,1\n0.5,-1,-1\n" "1,2,3,4,5\n"
        train "pandas' row numbers" "Column 1 has no name in the header" ",a,b,y\n0,1,2,1\n1,0.5,-1,-1\n"
        train "pandas' row numbers, written twice" "\"ignore\": [\"Unnamed: 0\"]" "Unnamed: 0,a,y\n0,1,2\n1,0.5,-1\n"
        train "R's row names" "Column 1 has no name" "\"\",\"a\",\"y\"\n\"1\",1,2\n\"2\",3,4\n"
        train
            "R's row names without a column name"
            "is its first field the name of a row?"
            "a,b,y\nr1,1,2,1\nr2,0.5,-1,-1\n"
        train "a separator at the end of every line" "Column 4 has no name" "a,b,y,\n1,2,1,\n"
        both
            "a header of integers"
            "Its first line is 0, 1, ..., 2, a header of pandas or an example"
            ""
            "0,1,2\n1,2,1\n0.5,-1,-1\n"
            "0,1,2\n1,1,0.3\n"
        both
            "a header of integers written as decimals"
            "say whether it is a header"
            ""
            "0.0,1.0,2.0\n1,2,1\n"
            "1,1,0.3\n"
        train "row numbers and a header of integers" "say whether it is a header" ",0,1,2\n0,1,2,1\n1,0.5,-1,-1\n"
        train
            "a first line of missing values"
            "has 'NA', which is hardly the name of a column"
            "NA,NA,NA\n1,2,1\n0.5,-1,-1\n"
        train "a first line with one missing value" "both numbers ('1') and other text ('NA')" "1,NA,1\n0.5,-1,-1\n"
        train "a first line of not-a-numbers" "Line 1, column 1 is 'nan', a missing value" "nan,nan,nan\n1,2,1\n"
        train "a first line of truth values" "has 'True', which is hardly" "True,False,True\n1,0,1\n"
        train "a first line of dates" "has '2020-01-01', which is hardly" "2020-01-01,2020-01-02,2020-01-03\n1,2,3\n"
        train "a first line of decimal commas" "is hardly the name of a column" "\"1,5\",\"2,5\",\"3,5\"\n1,2,3\n"
        train "a first line of percentages" "has '10%', which is hardly" "10%,20%,5%\n1,2,3\n"
        both "decimal commas between semicolons" "(is the separator ';'?" "" "1,5;2;1\n0,5;-1;-1\n" testText
        both "a header between semicolons" "(is the separator ';'?" "" "a;b;y\n1,5;2;1\n" testText
        both
            "decimal commas that are not said"
            "write a decimal point"
            "\"separator\": \";\""
            "a;b;y\n1,5;2;1\n"
            "a;b;y\n1;1;0,3\n"
        both
            "decimal points under decimal commas"
            "write a decimal comma"
            "\"separator\": \";\", \"decimal\": \",\""
            "a;b;y\n1.5;2;1\n"
            "a;b;y\n1;1;0,3\n"
        train "thousands between commas" "nothing between thousands" "a,b,y\n\"1,500\",2,1\n"
        train "thousands between apostrophes" "nothing between thousands" "a,b,y\n1'500,2,1\n"
        train "thousands between spaces" "nothing between thousands" "a,b,y\n1 500,2,1\n"
        train "a currency" "Line 2, column 1 (a) is '$12', which is not a number" "a,b,y\n$12,2,1\n"
        train "a unit" "is '12 kg', which is not a number" "a,b,y\n12 kg,2,1\n"
        train
            "a word"
            "is 'red', which is not a number: leave the column out with \"ignore\", or turn its words"
            "a,b,y\n1,red,1\n"
        train "a date" "is '2020-02-03', which is not a number but a date" "a,b,y\n2020-02-03,2,1\n"
        train "a date with a time" "not a number but a date" "a,b,y\n2020-02-03 12:00:00,2,1\n"
        train "an American date" "not a number but a date" "a,b,y\n2/3/2020,2,1\n"
        train "a truth value" "write 1 for true and 0 for false" "a,b,y\nTrue,2,1\n"
        for mark in [ "NA"; "nan"; "NaN"; "N/A"; "?"; "-"; "null"; "None"; "."; "\\N"; "#N/A" ] do
            train
                $"a missing value {mark}"
                $"Line 3, column 2 (b) is '{mark}', a missing value"
                $"a,b,y\n1,2,1\n1,{mark},1\n"
        train "an empty field" "Line 3, column 2 (b) is empty" "a,b,y\n1,2,1\n1,,1\n"
        train "a missing target" "Line 3, column 3 (y) is 'NA', a missing value" "a,b,y\n1,2,1\n1,2,NA\n"
        train "infinity" "Line 2, column 1 (a) is inf: every value must be finite" "a,b,y\ninf,2,1\n"
        train "minus infinity" "is -Infinity: every value must be finite" "a,b,y\n-Infinity,2,1\n"
        train "a number beyond doubles" "is 1e400: every value must be finite" "a,b,y\n1e400,2,1\n"
        train "a number beyond squares" "no value may be beyond 1E+150" "a,b,y\n1e200,2,1\n"
        train "a short line" "Line 3 has 2 fields and the first line 3" "a,b,y\n1,2,1\n1,2\n"
        train "a long line" "Line 3 has 4 fields and the first line 3" "a,b,y\n1,2,1\n1,2,3,4\n"
        train "a comment" "Line 3 has 1 fields" "a,b,y\n1,2,1\n# more\n"
        train "a quotation mark that stays open" "a misplaced quotation mark in '\"1 2,1'" "a,b,y\n\"1\n2,1\n"
        train "a header twice" "is 'a', which is not a number" "a,b,y\n1,2,1\na,b,y\n1,2,1\n"
        train "a name twice" "2 columns are named 'a': names must differ" "a,a,y\n1,2,1\n"
        train "one column" "Its 1 columns are all targets" "y\n1\n2\n"
        train "a header alone" "a header and no lines of numbers" "a,b,y\n"
        train "an empty table" "train.csv: The file is empty" ""
        trainBytes
            "UTF-16 without its mark"
            "has zero bytes, so it is no text in UTF-8"
            (Encoding.Unicode.GetBytes trainText)
        trainBytes "Latin-1" "It is not text in UTF-8: save it as UTF-8" (Encoding.Latin1.GetBytes "größe,b,y\n1,2,1\n")
        trainBytes "a workbook" "a zip archive, such as an Excel workbook" [| 0x50uy; 0x4Buy; 3uy; 4uy; 20uy; 0uy |]
        trainBytes "an old workbook" "an Excel workbook (.xls)" [| 0xD0uy; 0xCFuy; 0x11uy; 0xE0uy; 0xA1uy; 0xB1uy |]
        trainBytes "a compressed table" "compressed with gzip: expand it first" [| 0x1Fuy; 0x8Buy; 8uy; 0uy |]
        trainBytes "a table compressed with bzip2" "compressed with bzip2" (utf8 "BZh91AY")
        trainBytes "a NumPy array" "a NumPy array (.npy), not text" [| 0x93uy; 0x4Euy; 0x55uy; 0x4Duy; 0x50uy; 0x59uy |]
        trainBytes "an HDF5 file" "an HDF5 file" [| 0x89uy; 0x48uy; 0x44uy; 0x46uy; 13uy |]
        trainBytes "a Parquet file" "a Parquet file" (utf8 "PAR1....")
        both
            "a target that there is not"
            "no column named 'z', which \"target\" asks for"
            "\"target\": \"z\""
            trainText
            testText
        both
            "targets that are all columns"
            "all targets or ignored"
            "\"target\": [\"a\", \"b\", \"y\"]"
            trainText
            testText
        both "a target named twice" "The target 'y' is named twice" "\"target\": [\"y\", \"y\"]" trainText testText
        both "an empty list of targets" "job.data.target: the list is empty" "\"target\": []" trainText testText
        both "a target by number" "job.data.target: this is 2, and a text is needed" "\"target\": 2" trainText testText
        both
            "a target without a header"
            "\"target\" names the column 'y' and the first line is no header"
            "\"target\": \"y\""
            "1,2,1\n"
            "1,2,1\n"
        both
            "a column ignored and used"
            "both ignored and used"
            "\"target\": \"y\", \"ignore\": \"y\""
            trainText
            testText
        both "all columns ignored" "all targets or ignored" "\"ignore\": [\"a\", \"b\"]" trainText testText
        both
            "a column ignored without a header"
            "\"ignore\" names the column 'a'"
            "\"ignore\": \"a\""
            "1,2,1\n"
            "1,2,1\n"
        both "a column ignored that there is not" "\"ignore\" asks for" "\"ignore\": \"c\"" trainText testText
        both
            "categories that there are not"
            "no column named 'c', which \"categories\" asks for"
            "\"categories\": \"c\""
            trainText
            testText
        both
            "a word that the training table lacks"
            "Line 2, column 1 (a) is 'x', a word that the training table does not have"
            "\"categories\": \"a\""
            "a,y\nu,1\nv,2\n"
            "a,y\nx,1\n"
        both "a missing word" "Line 3, column 1 (a) is empty" "\"categories\": \"a\"" "a,y\nu,1\n,2\n" "a,y\nu,1\n"
        both
            "a separator of two characters"
            "job.data.separator: ';;' is not one character"
            "\"separator\": \";;\""
            trainText
            testText
        both
            "a separator that numbers have"
            "U+002E is given as its separator"
            "\"separator\": \".\""
            trainText
            testText
        both "a separator that is a letter" "is given as its separator" "\"separator\": \"e\"" trainText testText
        both
            "a separator that is the decimal sign"
            "Its decimal sign is also its separator"
            "\"decimal\": \",\""
            trainText
            testText
        both
            "a decimal sign that is none"
            "job.data.decimal: \"'\" is not one of ., ,"
            "\"decimal\": \"'\""
            trainText
            testText
        both
            "a header that is text"
            "job.data.header: this is the text \"yes\", and true or false"
            "\"header\": \"yes\""
            trainText
            testText
        both "a name that is a truth value" "has 'True', which is hardly" "" "x,True,y\n1,2,1\n" testText
        both
            "no header where there is one"
            "Line 1, column 1 is 'a', which is not a number"
            "\"header\": false"
            trainText
            testText
        both
            "an unknown key of a table"
            "job.data: there is no key \"delimiter\""
            "\"delimiter\": \";\""
            trainText
            testText
    ]

/// Echoes of what is in a file or a job: a name or a field of megabytes.
let private longer =
    let long = String('x', 2_000_000)

    [
        train "a name of megabytes" "more than 1000000 characters" $"{long},b,y\n1,2,1\n"
        train "a long name twice" "2 columns are named" $"{long[..100_000]},{long[..100_000]},y\n1,2,1\n"
        train "a field of hundreds of kilobytes" "which is not a number" $"a,b,y\n{long[..500_000]},2,1\n"
        train "a field of megabytes" "more than 1000000 characters" $"a,b,y\n\"{long}\",2,1\n"
        test "thousands of names" "Its header lacks" (String.Join(",", [ for i in 1..20_000 -> $"c{i}" ]) + "\n1\n")
        both "a target of megabytes" "There is no column named" $"\"target\": \"{long}\"" trainText testText
        both "a key of megabytes" "there is no key" $"\"{long}\": 1" trainText testText
        data "a path of megabytes" "Reading failed" $"""{{"source": "npz", "path": "{long}"}}"""
        command "a flag of megabytes" "--help" [ "--" + long ]
        command "a job's path of megabytes" "the file cannot be read" [ "predict"; long ]
        command "a width of megabytes" "is not a whole number" [ "learning-curve"; "--widths"; long ]
        jobWith "a formula of megabytes" "job.network.activation" [
            "network", $"""{{"activation": {{"formula": "{long}"}}, "widths": [5]}}"""
        ]
        npz "a dtype of megabytes" "dtype" (arraysBut [ "x_train", npy ("<f" + String('8', 50_000)) [ 6; 3 ] [||] ])
    ]

let tests =
    testList "Table" [
        testTheory "The same table in other clothes gives the same number" same (fun tables ->
            Expect.within 1e-13 (loss tables) (loss plain) "loss")

        testCase "A table may be its own test table" (fun () ->
            let own = { plain with Test = plain.Train }
            Expect.isGreaterThan (loss own) 0.0 "loss")

        testCase "Words become columns of zeros and ones, and two words of a target signs" (fun () ->
            let words =
                tables
                    "words"
                    "\"target\": \"kind\", \"categories\": [\"kind\", \"colour\"]"
                    "colour,a,kind\nred,1,cat\ngreen,0.5,dog\nblue,-1,cat\nred,2,dog\n"
                    "kind,colour,a\ndog,blue,1\n"

            let numbers =
                tables
                    "numbers"
                    ""
                    "blue,green,red,a,y\n0,0,1,1,-1\n0,1,0,0.5,1\n1,0,0,-1,-1\n0,0,1,2,1\n"
                    "blue,green,red,a,y\n1,0,0,1,1\n"

            Expect.within 1e-13 (loss words) (loss numbers) "loss")

        testCase "More words of a target are one column each" (fun () ->
            let words =
                tables "words" "\"categories\": \"kind\"" "a,kind\n1,x\n2,z\n-1,y\n" "a,kind\n0.5,y\n"

            let numbers =
                tables
                    "numbers"
                    "\"target\": [\"x\", \"y\", \"z\"]"
                    "a,x,y,z\n1,1,0,0\n2,0,0,1\n-1,0,1,0\n"
                    "a,x,y,z\n0.5,0,1,0\n"

            Expect.within 1e-13 (loss words) (loss numbers) "loss")

        testTheory
            "A table that has no one right number is refused in one sentence that says what to do"
            mistakes
            (fun mistake -> assertRefusedCleanly mistake)

        testCase "A column of more words than a category can have is refused" (fun () ->
            let rows = [ for i in 0..1100 -> $"w{i},{i}\n" ] |> String.concat ""

            refusedTables
                "too many words"
                "has more than 1000 different words"
                (tables "too many words" "\"categories\": \"a\"" ("a,y\n" + rows) "a,y\nw1,1\n")
            |> assertRefusedCleanly)

        testTheory "A sentence is short whatever it quotes" longer (fun mistake ->
            inFolder (fun folder ->
                let outcome = run (mistake.Arguments folder)
                assertRefused mistake.Says outcome
                Expect.isLessThanOrEqual outcome.Err.Length 430 "length of err"))
    ]
