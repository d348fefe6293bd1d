namespace FiniteWidth

open ExplainNotation

/// The mean-field limit, explained.
module internal ExplainMeanField =

    let private written text latex = equation (letter text latex)

    /// The concave problem, the density of a unit, and what they predict.
    let sections (size: ProblemSize) (scaling: MeanFieldScaling) =
        [
            section
                "Problem"
                [
                    values
                        [
                            p, float size.Examples
                            n0, float size.Features
                            d, float size.Outputs
                            testPoints, float size.TestPoints
                            letter "γ" "\\gamma", scaling.Gamma
                            letter "β" "\\beta", scaling.Beta
                        ]
                ]
            section
                "Free energy of a unit"
                [
                    sentence
                        "Infinitely many units with λ₁ = N₁ γ² and T = 1/(β N₁ γ²). A unit has features φ = σ(h) on the training points and weights of the prior p₀; Δ maximises the concave"
                    written
                        "F(Δ) = γ² Δ·y − γ² |Δ|²/(2β) − log ⟨exp(γ² (Δ·φ)²/2)⟩ over p₀"
                        "F(\\Delta) = \\gamma^2 \\Delta \\cdot y - \\frac{\\gamma^2}{2\\beta} |\\Delta|^2 - \\log \\Bigl\\langle \\exp\\frac{\\gamma^2 (\\Delta \\cdot \\phi)^2}{2} \\Bigr\\rangle_{p_0}"
                    sentence "and log p(y|X) = −N₁ F(Δ) + O(log N₁)."
                ]
            section
                "Self-consistency"
                [
                    written
                        "p(w) ∝ p₀(w) exp(γ² (Δ·φ)²/2)"
                        "p(w) \\propto p_0(w) \\exp\\frac{\\gamma^2 (\\Delta \\cdot \\phi)^2}{2}"
                    written
                        "(I/β + K) Δ = y,  K = ⟨φ φᵀ⟩ over p"
                        "\\Bigl( \\tfrac1\\beta I + K \\Bigr) \\Delta = y, \\qquad K = \\langle \\phi \\phi^\\top \\rangle_p"
                ]
            section
                "Prediction"
                [
                    written
                        "f(x) = ⟨φ(x) φᵀ⟩ Δ over p, without variance"
                        "f(x) = \\langle \\phi(x) \\phi^\\top \\rangle_p \\Delta, \\qquad s^2(x) = 0"
                ]
            section
                "Algorithm"
                [
                    sentence
                        "Averages are over copies of one unit at nodes of the readout u ~ N(0, 1), moved by Hamiltonian dynamics, exchanged between neighbouring nodes and reweighted; Δ follows the averages, and further attempts double the sweeps until nothing moves."
                ]
        ]
