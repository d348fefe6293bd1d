module internal FiniteWidth.Figures.Placeholder
let x = 1
