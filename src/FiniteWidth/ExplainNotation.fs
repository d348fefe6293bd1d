namespace FiniteWidth

/// The letters and phrases that every explanation uses.
module internal ExplainNotation =

    let words text = Fragment.Words text
    let inl formula = Fragment.Inline formula
    let sentence text = ExplanationPart.Sentence [ words text ]
    let paragraph fragments = ExplanationPart.Sentence fragments
    let equation formula = ExplanationPart.Equation formula
    let section heading parts = { Heading = heading; Parts = parts }

    let letter = Formula.letter
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
    let one = Formula.number 1.0
    let two = Formula.number 2.0
    let zero = Formula.number 0.0
    let inverse = Formula.power -1
    let squared = Formula.power 2

    let log formula =
        Formula.applyFunction (letter "log" "\\log") formula

    let logDet formula =
        Formula.apply (letter "log det" "\\log\\det") formula

    /// v^T M v.
    let quadratic vector matrix =
        Formula.product [ Formula.transposed vector; matrix; vector ]

    /// Tr[ matrix ].
    let traceOf matrix =
        Formula.beside trace (Formula.bracketed matrix)

    /// Sigma_i [ term ].
    let sumOver index term =
        Formula.product [ index; Formula.bracketed term ]

    /// T + x, or x at T = 0.
    let withNoise temperature x =
        if temperature > 0.0 then Formula.sum [ t; x ] else x

    /// T I + K, or K at T = 0.
    let withNoiseMatrix temperature kernel =
        if temperature > 0.0 then
            Formula.sum [ Formula.product [ t; identity ]; kernel ]
        else
            kernel

    /// log det(I + K/T), or log det K at T = 0.
    let determinant temperature kernel =
        if temperature > 0.0 then
            logDet (Formula.sum [ identity; Formula.fraction kernel t ])
        else
            logDet kernel

    /// log det(T I + K)/T^P + y^T (T I + K)^(-1) y: what the data give to N S.
    let dataTerm temperature kernel =
        Formula.sum
            [
                determinant temperature kernel
                quadratic y (inverse (withNoiseMatrix temperature kernel))
            ]

    /// Names with their values.
    let values (pairs: (Formula * float) list) =
        pairs
        |> List.map (fun (name, value) -> name |> Formula.equals (Formula.decimal value))
        |> Formula.listed
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
            equation (a |> Formula.equals (withNoiseMatrix temperature kernel))
            equation (
                m
                |> Formula.equals (
                    inverse a
                    |> Formula.minus (Formula.product [ inverse a; y; Formula.transposed y; inverse a ])
                )
            )
        ]

    /// exp(-(N/2) S), and the evidence at the saddle point.
    let weight outputs temperature (width: Scalar) =
        let half = Formula.linear [ width / 2.0, action ]

        let noise =
            Formula.product (
                if temperature > 0.0 then
                    [ two; Formula.pi; t ]
                else
                    [ two; Formula.pi ]
            )

        let count = if outputs > 1 then Formula.product [ p; d ] else p
        let halfCount = Formula.fraction count two |> Formula.enclosed

        [
            if temperature = 0.0 then
                sentence "At T = 0 the divergent constant of the determinant, P log T, is left out."
            sentence "The weight of the order parameters, and the evidence at the saddle point:"
            equation (Formula.apply (letter "exp" "\\exp") (Formula.signedSum [ true, half ]))
            equation (
                Formula.apply (letter "log p" "\\log p") (letter "y|X" "y \\mid X")
                |> Formula.equals (
                    Formula.signedSum
                        [
                            true, half
                            true, Formula.product [ halfCount; Formula.apply (letter "log" "\\log") noise ]
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
                            inl (step.Order |> Formula.about (Formula.rounded step.Operations))
                            words " operations."
                        ]
                paragraph
                    [
                        words "Matrices held at once: "
                        inl (Formula.rounded (work.Bytes / 1e6))
                        words " MB."
                    ]
            ]
