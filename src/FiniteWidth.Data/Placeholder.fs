module internal FiniteWidth.Data.Placeholder
let x = 1
