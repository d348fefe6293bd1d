namespace FiniteWidth

/// The letters and phrases that every explanation uses.
module internal ExplainNotation =

    let words text = Fragment.Words text
    let inl formula = Fragment.Inline formula
    let sentence text = ExplanationPart.Sentence [ words text ]
    let paragraph fragments = ExplanationPart.Sentence fragments
    let equation formula = ExplanationPart.Equation formula
    let section heading parts = { Heading = heading; Parts = parts }

    let letter = Typeset.letter
    let t = letter "T" "T"
    let x = letter "X" "X"
    let y = letter "y" "y"
    let identity = letter "I" "I"
    let p = letter "P" "P"
    let d = letter "D" "D"
    let n0 = letter "N₀" "N_0"
    let testPoints = letter "P_test" "P_{\\mathrm{test}}"
    let action = letter "S" "S"
    let k = letter "K" "K"
    let ki = letter "kᵢ" "k_i"
    let yi = letter "ŷᵢ" "\\hat y_i"
    let a = letter "A" "A"
    let m = letter "M" "M"
    let overEigenvalues = letter "Σᵢ" "\\sum_i"
    let trace = letter "Tr" "\\mathrm{Tr}"
    let alpha = letter "α" "\\alpha"
    let one = Typeset.number 1.0
    let two = Typeset.number 2.0
    let zero = Typeset.number 0.0
    let inverse = Typeset.power -1
    let squared = Typeset.power 2

    let log formula =
        Typeset.applyFunction (letter "log" "\\log") formula

    let logDet formula =
        Typeset.apply (letter "log det" "\\log\\det") formula

    /// v^T M v.
    let quadratic vector matrix =
        Typeset.product [ Typeset.transposed vector; matrix; vector ]

    /// Tr[ matrix ].
    let traceOf matrix =
        Typeset.beside trace (Typeset.bracketed matrix)

    /// Sigma_i [ term ].
    let sumOver index term =
        Typeset.product [ index; Typeset.bracketed term ]

    /// T + x, or x at T = 0.
    let withNoise temperature x =
        if temperature > 0.0 then Typeset.sum [ t; x ] else x

    /// T I + K, or K at T = 0.
    let withNoiseMatrix temperature kernel =
        if temperature > 0.0 then
            Typeset.sum [ Typeset.product [ t; identity ]; kernel ]
        else
            kernel

    /// log det(I + K/T), or log det K at T = 0.
    let determinant temperature kernel =
        if temperature > 0.0 then
            logDet (Typeset.sum [ identity; Typeset.fraction kernel t ])
        else
            logDet kernel

    /// log det(T I + K)/T^P + y^T (T I + K)^(-1) y: what the data give to N S.
    let dataTerm temperature kernel =
        Typeset.sum
            [
                determinant temperature kernel
                quadratic y (inverse (withNoiseMatrix temperature kernel))
            ]

    /// Names with their values.
    let values (pairs: (Typeset * float) list) =
        pairs
        |> List.map (fun (name, value) -> name |> Typeset.equals (Typeset.decimal value))
        |> Typeset.listed
        |> equation

    /// The sizes of the data, and T.
    let problem size temperature =
        values
            [
                p, float size.Examples
                n0, float size.Features
                d, float size.Outputs
                testPoints, float size.TestPoints
                t, temperature
            ]

    /// A is what the data see, and M its derivative's weight.
    let adjointDefinitions temperature kernel =
        [
            equation (a |> Typeset.equals (withNoiseMatrix temperature kernel))
            equation (
                m
                |> Typeset.equals (
                    inverse a
                    |> Typeset.minus (Typeset.product [ inverse a; y; Typeset.transposed y; inverse a ])
                )
            )
        ]

    /// exp(-(N/2) S), and the evidence at the saddle point.
    let weight outputs temperature (width: Scalar) =
        let half = Typeset.linear [ width / 2.0, action ]

        let noise =
            Typeset.product (
                if temperature > 0.0 then
                    [ two; Typeset.pi; t ]
                else
                    [ two; Typeset.pi ]
            )

        let count = if outputs > 1 then Typeset.product [ p; d ] else p
        let halfCount = Typeset.fraction count two |> Typeset.enclosed

        [
            if temperature = 0.0 then
                sentence "At T = 0 the divergent constant of the determinant, P log T, is left out."
            sentence "The weight of the order parameters, and the evidence at the saddle point:"
            equation (Typeset.apply (letter "exp" "\\exp") (Typeset.signedSum [ true, half ]))
            equation (
                Typeset.apply (letter "log p" "\\log p") (letter "y|X" "y \\mid X")
                |> Typeset.equals (
                    Typeset.signedSum
                        [
                            true, half
                            true, Typeset.product [ halfCount; Typeset.apply (letter "log" "\\log") noise ]
                        ]
                )
            )
        ]

    /// The algorithm with its cost.
    let algorithm (work: Workload) =
        section
            "Algorithm"
            [
                sentence work.Algorithm
                for step in work.Steps do
                    paragraph
                        [
                            words $"{step.Step}: "
                            inl (step.Order |> Typeset.about (Typeset.rounded step.Operations))
                            words " operations."
                        ]
                paragraph
                    [
                        words "Matrices held at once: "
                        inl (Typeset.rounded (work.Bytes / 1e6))
                        words " MB."
                    ]
            ]
