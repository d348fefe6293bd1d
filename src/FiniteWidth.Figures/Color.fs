namespace FiniteWidth.Figures

open System.Globalization
open FiniteWidth

/// An sRGB colour with opacity A in [0, 1].
[<Struct>]
type Color =
    {
        R: byte
        G: byte
        B: byte
        A: float
    }

    /// An opaque colour from its red, green and blue parts.
    static member rgb r g b = { R = r; G = g; B = b; A = 1.0 }

    /// The same colour at opacity `a`, clamped to [0, 1].
    static member withOpacity a (color: Color) = { color with A = max 0.0 (min 1.0 a) }

    /// An opaque colour from `#rrggbb`.
    static member ofHex(text: string) =
        let digits = text.TrimStart '#'

        match System.UInt32.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) with
        | true, value when digits.Length = 6 -> Color.rgb (byte (value >>> 16)) (byte (value >>> 8)) (byte value)
        | _ ->
            raise
            <| FailureException(
                Unsupported $"\"{text}\" is not a colour: write six hexadecimal digits, like \"#0072B2\"."
            )

    /// The colour in CSS: `#rrggbb`, or `rgba(r,g,b,a)` where it is not opaque.
    static member toCss(color: Color) =
        if color.A >= 1.0 then
            $"#%02X{color.R}%02X{color.G}%02X{color.B}"
        else
            let opacity = color.A.ToString("0.###", CultureInfo.InvariantCulture)
            $"rgba({color.R},{color.G},{color.B},{opacity})"

    static member black = Color.rgb 0uy 0uy 0uy
    static member white = Color.rgb 255uy 255uy 255uy
    static member gray = Color.rgb 110uy 110uy 110uy

    // The eight colours of Okabe and Ito (2008), which stay distinct under the common colour-vision deficiencies.
    static member orange = Color.rgb 230uy 159uy 0uy
    static member skyBlue = Color.rgb 86uy 180uy 233uy
    static member green = Color.rgb 0uy 158uy 115uy
    static member yellow = Color.rgb 240uy 228uy 66uy
    static member blue = Color.rgb 0uy 114uy 178uy
    static member vermilion = Color.rgb 213uy 94uy 0uy
    static member purple = Color.rgb 204uy 121uy 167uy
