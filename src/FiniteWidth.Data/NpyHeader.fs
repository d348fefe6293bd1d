namespace FiniteWidth.Data

open System
open System.Text.RegularExpressions

/// What the header of a .npy file says about its entries.
type internal NpyHeader =
    {
        ElementType: ElementType
        ByteOrder: ByteOrder
        Order: EntryOrder
        Shape: int64 list
    }

[<RequireQualifiedAccess>]
module internal NpyHeader =

    // numpy writes the header as a Python dictionary of exactly three keys; the order is free.
    let private entry =
        Regex(
            @"\G\s*['""](?<key>\w+)['""]\s*:\s*(?:['""](?<text>[^'""]*)['""]|(?<flag>True|False)|(?<tuple>\([\d\sL,]*\))|(?<list>\[.*\]))\s*(?:,|(?=\}))",
            RegexOptions.CultureInvariant
        )

    let private unreadable (text: string) =
        Reading.malformed
            $"Its header {text.Trim()} is not a dictionary of 'descr', 'fortran_order' and 'shape' as numpy writes it."

    let private entries (text: string) =
        let body = text.Trim()

        if not (body.StartsWith '{' && body.EndsWith '}') then
            unreadable text

        let rec go position found =
            let rest = body.Substring position

            if rest.Trim() = "}" then
                found
            else
                let m = entry.Match(body, position)

                if not m.Success || Map.containsKey m.Groups["key"].Value found then
                    unreadable text

                go (position + m.Length) (Map.add m.Groups["key"].Value m found)

        go 1 Map.empty

    let private dtypes = "f2, f4, f8, i1 to i8, u1 to u8 and b1 (bool)"

    let private element (descr: string) =
        let byteOrder =
            match descr with
            | "" -> Reading.malformed "Its dtype is empty."
            | _ when descr[0] = '>' -> BigEndian
            | _ when descr[0] = '=' ->
                if BitConverter.IsLittleEndian then
                    LittleEndian
                else
                    BigEndian
            | _ -> LittleEndian

        match descr.TrimStart('<', '>', '|', '=') with
        | "b1"
        | "?" -> ElementType.Bool, byteOrder
        | "i1" -> ElementType.Int8, byteOrder
        | "u1" -> ElementType.UInt8, byteOrder
        | "i2" -> ElementType.Int16, byteOrder
        | "u2" -> ElementType.UInt16, byteOrder
        | "i4" -> ElementType.Int32, byteOrder
        | "u4" -> ElementType.UInt32, byteOrder
        | "i8" -> ElementType.Int64, byteOrder
        | "u8" -> ElementType.UInt64, byteOrder
        | "f2" -> ElementType.Float16, byteOrder
        | "f4" -> ElementType.Float32, byteOrder
        | "f8" -> ElementType.Float64, byteOrder
        | kind when kind.StartsWith 'O' ->
            Reading.malformed
                $"Its dtype '{descr}' is Python objects, stored as a pickle, which is never read: save an array of numbers ({dtypes})."
        | _ -> Reading.malformed $"Its dtype '{descr}' is not one that can be read: {dtypes}."

    let private lengths (tuple: string) =
        tuple.Trim('(', ')').Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
        |> Array.map (fun length ->
            match Int64.TryParse(length.TrimEnd 'L') with
            | true, number -> number
            | _ -> Reading.malformed $"Its shape {tuple} is not a tuple of lengths.")
        |> Array.toList

    let parse (text: string) =
        let found = entries text

        match Map.tryFind "descr" found, Map.tryFind "fortran_order" found, Map.tryFind "shape" found with
        | Some descr, _, _ when descr.Groups["list"].Success ->
            let fields = descr.Groups["list"].Value

            Reading.malformed
                $"Its dtype {fields} is a record of several fields: save one array of numbers ({dtypes}) a field."
        | Some descr, Some order, Some shape when
            found.Count = 3
            && descr.Groups["text"].Success
            && order.Groups["flag"].Success
            && shape.Groups["tuple"].Success
            ->
            let elementType, byteOrder = element descr.Groups["text"].Value

            {
                ElementType = elementType
                ByteOrder = byteOrder
                Order =
                    if order.Groups["flag"].Value = "True" then
                        FirstIndexFastest
                    else
                        LastIndexFastest
                Shape = lengths shape.Groups["tuple"].Value
            }
        | _ -> unreadable text

    /// The header of little-endian doubles in C order.
    let print (shape: int list) =
        $"{{'descr': '<f8', 'fortran_order': False, 'shape': {NdArray.print (List.map int64 shape)}, }}"
