namespace FiniteWidth

open ExplainNotation

/// The cavity theory, explained.
module internal ExplainCavity =

    let private written text latex = equation (letter text latex)

    /// The density of a unit, the equations of its field, and what they predict.
    let sections size temperature =
        [
            section "Problem" [ problem size temperature ]
            section
                "One unit in the field of the others"
                [
                    sentence
                        "A unit has features φ = σ(h) on the training points; g and G are minus the gradient and the second derivative of the others' log evidence in y."
                    written
                        "p(w) ∝ p₀(w) (1 + a)^(−1/2) exp(b²/(2(1 + a)))"
                        "p(w) \\propto p_0(w) (1 + a)^{-1/2} \\exp\\frac{b^2}{2(1 + a)}"
                    written "a = φᵀ G φ/(λ₁ N₁)" "a = \\frac{\\phi^\\top G \\phi}{\\lambda_1 N_1}"
                    written "b = φ·g/√(λ₁ N₁)" "b = \\frac{\\phi \\cdot g}{\\sqrt{\\lambda_1 N_1}}"
                ]
            section
                "Self-consistency"
                [
                    written
                        "K̂ = ⟨φ φᵀ/(1 + a)⟩/λ₁"
                        "\\hat K = \\frac{1}{\\lambda_1} \\Bigl\\langle \\frac{\\phi \\phi^\\top}{1 + a} \\Bigr\\rangle"
                    written "m = K̂ g/√N₁" "m = \\frac{\\hat K g}{\\sqrt{N_1}}"
                    written
                        "V = ⟨(1/(1 + a) + b²/(1 + a)²) φ φᵀ⟩/λ₁ − m mᵀ"
                        "V = \\frac{1}{\\lambda_1} \\Bigl\\langle \\Bigl( \\frac{1}{1 + a} + \\frac{b^2}{(1 + a)^2} \\Bigr) \\phi \\phi^\\top \\Bigr\\rangle - m m^\\top"
                    written
                        "(T I + K̂ − (T/N₁) G K̂) g = y"
                        "\\Bigl( T I + \\hat K - \\frac{T}{N_1} G \\hat K \\Bigr) g = y"
                    written "(T I + V − (T/N₁) G V) G = I" "\\Bigl( T I + V - \\frac{T}{N_1} G V \\Bigr) G = I"
                ]
            section
                "Prediction"
                [
                    written
                        "f(x) = k̂(x)·g,  k̂(x) = ⟨φ(x) φ/(1 + a)⟩/λ₁"
                        "f(x) = \\hat k(x) \\cdot g, \\qquad \\hat k(x) = \\frac{1}{\\lambda_1} \\Bigl\\langle \\frac{\\phi(x) \\phi}{1 + a} \\Bigr\\rangle"
                    written
                        "s²(x) = ⟨v² φ(x)²⟩ − m₀² − v₀ᵀ G v₀"
                        "s^2(x) = \\langle v^2 \\phi(x)^2 \\rangle - m_0^2 - v_0^\\top G v_0"
                    written
                        "v₀ = ⟨v² φ(x) φ⟩ − m₀ m,  m₀ = f(x)/√N₁"
                        "v_0 = \\langle v^2 \\phi(x) \\phi \\rangle - m_0 m, \\qquad m_0 = \\frac{f(x)}{\\sqrt{N_1}}"
                ]
            section
                "Evidence"
                [
                    sentence
                        "With Σ = V/N₁, u = m/√N₁, δ = u − Σ g, μ = (I − Σ G)⁻¹ δ, C = (I − Σ G)⁻¹ Σ, A = T I + N₁ C and r = y − N₁ μ:"
                    written
                        "log p(y|X) = −(P/2) log 2π − log|A|/2 − rᵀ A⁻¹ r/2 + N₁ (log z₀ − log z_s)"
                        "\\log p(y \\mid X) = -\\frac P2 \\log 2\\pi - \\frac12 \\log|A| - \\frac12 r^\\top A^{-1} r + N_1 (\\log z_0 - \\log z_s)"
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
