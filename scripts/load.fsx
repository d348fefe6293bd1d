// Makes the package available to F# Interactive, after a Release build: `#load "load.fsx"`.
#I __SOURCE_DIRECTORY__
#I "../src/FiniteWidth.Cli/bin/Release/net10.0"
#r "MathNet.Numerics.dll"
#r "DynamicObj.dll"
#r "Plotly.NET.dll"
#r "FiniteWidth.Numerics.dll"
#r "FiniteWidth.dll"
#r "FiniteWidth.Experiment.dll"
#r "FiniteWidth.Data.dll"
#r "FiniteWidth.Figures.dll"

// What has a display form prints as a small table.
fsi.AddPrinter<FiniteWidth.IDisplayed>(fun solution -> solution.Display.Text)
fsi.AddPrinter<FiniteWidth.CurvePoint list>(fun points -> (FiniteWidth.LearningCurve.display points).Text)
fsi.AddPrinter<Plotly.NET.GenericChart>(fun _ -> "a Plotly.NET chart: Chart.show opens it, Export.saveHtml keeps it")
