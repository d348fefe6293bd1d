namespace FiniteWidth

open ExplainNotation

/// The cavity theory, explained.
module internal ExplainCavity =

    let private written text latex = equation (letter text latex)

    // What the last of several layers acts on.
    let private below (network: Network) =
        if network.Depth = 1 then
            []
        else
            let layer = network.Depth - 1
            let kernel = letter $"K{Typeset.subscript layer}" $"K_{layer}"

            [
                ExplainKernel.recursion kernel (Theory.preactivations network network.Depth)
                section
                    "The layers below"
                    [
                        sentence
                            "They are taken at infinite width: a unit of the last layer has preactivations h with their kernel. What that leaves out is to first order in their inverse widths stated with every result."
                        written $"h ~ N(0, K{Typeset.subscript layer})" $"h \\sim \\mathcal N(0, K_{layer})"
                    ]
            ]

    /// The density of a unit, the equations of its field, and what they predict.
    let sections size temperature (network: Network) =
        let layer = Typeset.subscript network.Depth
        let λ, units = $"λ{layer}", $"N{layer}"
        let lambda, n = $"\\lambda_{network.Depth}", $"N_{network.Depth}"

        [
            section "Problem" [ problem size temperature ]
            yield! below network
            section
                "One unit in the field of the others"
                [
                    sentence
                        "A unit has features φ = σ(h) on the training points; g and G are minus the gradient and the second derivative of the others' log evidence in y."
                    written
                        "p(w) ∝ p₀(w) (1 + a)^(−1/2) exp(b²/(2(1 + a)))"
                        "p(w) \\propto p_0(w) (1 + a)^{-1/2} \\exp\\frac{b^2}{2(1 + a)}"
                    written $"a = φᵀ G φ/({λ} {units})" $"a = \\frac{{\\phi^\\top G \\phi}}{{{lambda} {n}}}"
                    written $"b = φ·g/√({λ} {units})" $"b = \\frac{{\\phi \\cdot g}}{{\\sqrt{{{lambda} {n}}}}}"
                ]
            section
                "Self-consistency"
                [
                    written
                        $"K̂ = ⟨φ φᵀ/(1 + a)⟩/{λ}"
                        $"\\hat K = \\frac{{1}}{{{lambda}}} \\Bigl\\langle \\frac{{\\phi \\phi^\\top}}{{1 + a}} \\Bigr\\rangle"
                    written $"m = K̂ g/√{units}" $"m = \\frac{{\\hat K g}}{{\\sqrt{{{n}}}}}"
                    written
                        $"V = ⟨(1/(1 + a) + b²/(1 + a)²) φ φᵀ⟩/{λ} − m mᵀ"
                        $"V = \\frac{{1}}{{{lambda}}} \\Bigl\\langle \\Bigl( \\frac{{1}}{{1 + a}} + \\frac{{b^2}}{{(1 + a)^2}} \\Bigr) \\phi \\phi^\\top \\Bigr\\rangle - m m^\\top"
                    written
                        $"(T I + K̂ − (T/{units}) G K̂) g = y"
                        $"\\Bigl( T I + \\hat K - \\frac{{T}}{{{n}}} G \\hat K \\Bigr) g = y"
                    written
                        $"(T I + V − (T/{units}) G V) G = I"
                        $"\\Bigl( T I + V - \\frac{{T}}{{{n}}} G V \\Bigr) G = I"
                ]
            section
                "Prediction"
                [
                    written
                        $"f(x) = k̂(x)·g,  k̂(x) = ⟨φ(x) φ/(1 + a)⟩/{λ}"
                        $"f(x) = \\hat k(x) \\cdot g, \\qquad \\hat k(x) = \\frac{{1}}{{{lambda}}} \\Bigl\\langle \\frac{{\\phi(x) \\phi}}{{1 + a}} \\Bigr\\rangle"
                    written
                        "s²(x) = ⟨v² φ(x)²⟩ − m₀² − v₀ᵀ G v₀"
                        "s^2(x) = \\langle v^2 \\phi(x)^2 \\rangle - m_0^2 - v_0^\\top G v_0"
                    written
                        $"v₀ = ⟨v² φ(x) φ⟩ − m₀ m,  m₀ = f(x)/√{units}"
                        $"v_0 = \\langle v^2 \\phi(x) \\phi \\rangle - m_0 m, \\qquad m_0 = \\frac{{f(x)}}{{\\sqrt{{{n}}}}}"
                ]
            section
                "Where the field is not Gaussian"
                [
                    sentence
                        "Where few units share the targets, one direction n of them is exact: the eigenvector of V that overlaps most with y. The others' message to z = v n·φ/√N is the density of their sum and of the noise, with h the distribution of z without the message and θ such that the mean of the sum is n·y:"
                    written
                        $"c(z) ∝ exp(θ z) [h_θ^(*({units} − 1)) * 𝒩(0, T)](n·y − z),  h_θ(z) ∝ h(z) exp(θ z)"
                        $"c(z) \\propto e^{{\\theta z}} \\bigl[ h_\\theta^{{*({n} - 1)}} * \\mathcal N(0, T) \\bigr](n \\cdot y - z), \\qquad h_\\theta(z) \\propto h(z) e^{{\\theta z}}"
                    written
                        "p(w, v) ∝ p₀(w) p₀(v) exp(v φ·g/√N − v² φᵀ G φ/(2N)) c(z)/exp(n·g z − n·G n z²/2)"
                        "p(w, v) \\propto p_0(w) p_0(v) \\exp\\Bigl( \\frac{v\\, \\phi \\cdot g}{\\sqrt N} - \\frac{v^2 \\phi^\\top G \\phi}{2 N} \\Bigr) \\frac{c(z)}{\\exp( n \\cdot g\\, z - \\frac12 n \\cdot G n\\, z^2 )}"
                    sentence
                        "Then δ = √N ⟨v φ⟩ − K̂ g is not zero: y − (1 − (T/N) G) δ stands for y in the equation of g, and f(x) = k̂(x)·g + δ(x)."
                ]
            section
                "Evidence"
                [
                    sentence
                        $"With Σ = V/{units}, u = m/√{units}, δ = u − Σ g, μ = (I − Σ G)⁻¹ δ, C = (I − Σ G)⁻¹ Σ, A = T I + {units} C and r = y − {units} μ:"
                    written
                        $"log p(y|X) = −(P/2) log 2π − log|A|/2 − rᵀ A⁻¹ r/2 + {units} (log z₀ − log z_s)"
                        $"\\log p(y \\mid X) = -\\frac P2 \\log 2\\pi - \\frac12 \\log|A| - \\frac12 r^\\top A^{{-1}} r + {n} (\\log z_0 - \\log z_s)"
                    written
                        "log z₀ = log ⟨(1 + a)^(−1/2) exp(b²/(2(1 + a)))⟩ over p₀"
                        "\\log z_0 = \\log \\Bigl\\langle (1 + a)^{-1/2} \\exp\\frac{b^2}{2(1 + a)} \\Bigr\\rangle_{p_0}"
                    written
                        "log z_s = log|I − Σ G|/2 + (2 δ·g + gᵀ Σ g − δᵀ G μ)/2"
                        "\\log z_s = \\frac12 \\log|I - \\Sigma G| + \\frac12 \\bigl( 2 \\delta \\cdot g + g^\\top \\Sigma g - \\delta^\\top G \\mu \\bigr)"
                ]
            section
                "Algorithm"
                [
                    sentence
                        "Averages are over copies of one unit at nodes of the readout v, moved by Hamiltonian dynamics, exchanged between neighbouring nodes and reweighted; the fields follow the averages, and further attempts double the sweeps until nothing moves."
                ]
        ]
