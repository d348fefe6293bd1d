namespace FiniteWidth.Figures

open System.Globalization
open FiniteWidth

/// An sRGB colour with opacity A in [0, 1].
[<Struct>]
type Color = { R: byte; G: byte; B: byte; A: float }

[<RequireQualifiedAccess>]
module Color =

    /// An opaque colour from its red, green and blue parts.
    let rgb r g b = { R = r; G = g; B = b; A = 1.0 }

    /// The same colour at opacity `a`, clamped to [0, 1].
    let withOpacity a (color: Color) = { color with A = max 0.0 (min 1.0 a) }

    /// An opaque colour from `#rrggbb`.
    let ofHex (text: string) =
        let digits = text.TrimStart '#'

        match System.UInt32.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) with
        | true, value when digits.Length = 6 -> rgb (byte (value >>> 16)) (byte (value >>> 8)) (byte value)
        | _ -> raise <| FailureException(Unsupported $"\"{text}\" is not a colour: write six hexadecimal digits, like \"#0072B2\".")

    /// The colour in CSS: `#rrggbb`, or `rgba(r,g,b,a)` where it is not opaque.
    let toCss (color: Color) =
        if color.A >= 1.0 then
            $"#%02X{color.R}%02X{color.G}%02X{color.B}"
        else
            let opacity = color.A.ToString("0.###", CultureInfo.InvariantCulture)
            $"rgba({color.R},{color.G},{color.B},{opacity})"

    let black = rgb 0uy 0uy 0uy
    let white = rgb 255uy 255uy 255uy
    let gray = rgb 110uy 110uy 110uy

    // The eight colours of Okabe and Ito (2008), which stay distinct under the common colour-vision deficiencies.
    let orange = rgb 230uy 159uy 0uy
    let skyBlue = rgb 86uy 180uy 233uy
    let green = rgb 0uy 158uy 115uy
    let yellow = rgb 240uy 228uy 66uy
    let blue = rgb 0uy 114uy 178uy
    let vermilion = rgb 213uy 94uy 0uy
    let purple = rgb 204uy 121uy 167uy
