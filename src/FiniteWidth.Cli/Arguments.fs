namespace FiniteWidth.Cli

open Argu

/// The arguments of `finitewidth learning-curve`. Values are texts: `CurveOptions` reads them and says what is wrong with one.
[<RequireQualifiedAccess>]
type LearningCurveArgument =
    | [<Unique>] Data of source: string
    | [<Unique>] Labels of list: string
    | [<Unique>] Train of P: string
    | [<Unique>] Test of Ptest: string
    | [<Unique>] Standardize
    | [<Unique>] Activation of activation: string
    | [<Unique>] Depth of L: string
    | [<Unique>] Widths of range: string
    | [<Unique>] Priors of list: string
    | [<Unique>] Temperature of T: string
    | [<Unique>] Likelihood of likelihood: string
    | [<Unique>] Beta of beta: string
    | [<Unique>] Theory of theory: string
    | [<Unique>] Solver of solver: string
    | [<Unique>] Accuracy of share: string
    | [<Unique>] Seconds of seconds: string
    | [<Unique>] Image

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Data _ ->
                "mnist, teacher (200 inputs, linear, noise 0.1), the path of an .npz, .h5, .hdf5 or .mat file with x_train, y_train, x_test and y_test, or that of a job (.json), whose data are taken (default: mnist)."
            | Labels _ ->
                "the digits to tell apart: of two, the first is -1 and the second +1; more are one-hot, at infinite width only (default: 0,1)."
            | Train _ -> "P, the number of training examples (default: 1000; of a file: all)."
            | Test _ -> "Ptest, the number of test examples (default: 1000; of a file: all)."
            | Standardize ->
                "of a file of arrays: subtract the mean of all training inputs and divide by their standard deviation, as is always done for mnist."
            | Activation _ ->
                let names = Names.activations |> List.map fst |> String.concat ", "
                $"one of {names}, or a formula such as \"z * tanh(z)\" (default: erf)."
            | Depth _ -> "L, the number of hidden layers (default: 1)."
            | Widths _ ->
                "N, the same in every layer: FIRST..LAST:COUNT spaced evenly in log N, or a list such as 50,100,200 (default: 20..10000:28)."
            | Priors _ ->
                "the precisions lambda_0,...,lambda_L of the weights, first layer first: L + 1 of them, or one for all (default: 1)."
            | Temperature _ -> "T >= 0 (default: 0.01)."
            | Likelihood _ ->
                "softmax: classes, their accuracy and log likelihood; gaussian: numbers, also where whole ones look like labels (default: numbers)."
            | Beta _ -> "of --likelihood softmax: what multiplies the cross-entropy (default: 1)."
            | Theory _ ->
                "infinite-width, proportional, wishart, non-odd, mixture or student-t; or auto: the losses that real networks have, by whichever method certifies them (default: auto)."
            | Solver _ ->
                "direct, or iterative: the kernel in single precision and a Krylov space of it, for training sets whose P x P doubles do not fit into memory (default: the one that fits); with a theory other than auto."
            | Accuracy _ -> "of --theory auto: the standard error of a loss as a share of it (default: 0.02)."
            | Seconds _ -> "of --theory auto: what sampling may take, all widths together (default: 300)."
            | Image -> "with --output: write figure.png and figure.svg too; needs Chromium."

/// The arguments of `finitewidth predict`.
[<RequireQualifiedAccess>]
type PredictArgument =
    | [<MainCommand; Unique>] Job of file: string
    | [<Unique>] Points of file: string
    | [<Unique>] Save of model: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ ->
                "a JSON file, or - for standard input: data, network, temperature, theory and, if wanted, a sweep; relative paths in it are relative to the file."
            | Points _ ->
                "write mean, standard deviation and quantiles of f at every test point to this file, .csv, .json or .npz; the test set needs no targets then."
            | Save _ ->
                "keep the job with its training data in this file: finitewidth apply predicts at new points from it alone."

/// The arguments of `finitewidth apply`.
[<RequireQualifiedAccess>]
type ApplyArgument =
    | [<MainCommand; Unique>] Files of model: string * inputs: string
    | [<Unique>] Points of file: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Files _ ->
                "the model that predict --save wrote, and the new points: a table with the columns of the training table, or an array in .npy or .npz (x_test or x)."
            | Points _ ->
                "write the predictions to this file, .csv, .json or .npz, and print the result instead of them."

/// The arguments of `finitewidth fit`.
[<RequireQualifiedAccess>]
type FitArgument =
    | [<MainCommand; Unique>] Job of file: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ ->
                "a JSON file, or - for standard input: data, network, temperature, theory and fit; relative paths in it are relative to the file."

/// The arguments of `finitewidth explain`.
[<RequireQualifiedAccess>]
type ExplainArgument =
    | [<MainCommand; Unique>] Job of file: string
    | [<Unique>] Latex

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ -> "a JSON file as for predict, or - for standard input."
            | Latex -> "print LaTeX, a fragment for a document with amsmath, instead of text."

/// The arguments of `finitewidth experiment`.
[<RequireQualifiedAccess>]
type ExperimentArgument =
    | [<MainCommand; Unique>] Job of file: string
    | [<Unique>] Resume

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ ->
                "a JSON file as for predict, or - for standard input, with a key experiment if wanted; relative paths in it are relative to the file."
            | Resume -> "with --output: refuse to start where the folder has no checkpoint of the job."

/// The arguments of `finitewidth sweep`. Values are texts: `SweepOptions` reads them.
[<RequireQualifiedAccess>]
type SweepArgument =
    | [<MainCommand; Unique>] Job of file: string
    | [<Unique>] Plan of folder: string
    | [<Unique>] Run of folder: string
    | [<Unique>] Collect of folder: string
    | [<Unique>] Status of folder: string
    | [<Unique>] Retry of folder: string
    | [<Unique>] Task of share: string
    | [<Unique>] Local of processes: string
    | [<Unique>] Slurm
    | [<Unique>] Shares of N: string
    | [<Unique; CustomCommandLine "--at-once">] At_Once of tasks: string
    | [<Unique>] Time of limit: string
    | [<Unique>] Memory of size: string
    | [<Unique>] Partition of name: string
    | [<Unique>] Cpus of count: string
    | Sbatch of option: string
    | [<Unique; CustomCommandLine "--dry-run">] Dry_Run

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ ->
                "with --plan: a JSON file as for predict or, with a key experiment, as for experiment; or - for standard input. Every point that its lists span is a task."
            | Plan _ -> "freeze the tasks of the job in this folder, which may hold the same plan already."
            | Run _ ->
                "compute the tasks of this folder that have no result yet; a run that was stopped or killed goes on by the same command."
            | Collect _ ->
                "make one result of those in this folder, results.json and results.csv; --output names another folder for them."
            | Status _ -> "how many tasks of this folder are done, running, failed and waiting, and why they failed."
            | Retry _ -> "forget the failures of this folder, so that the next run computes these tasks again."
            | Task _ ->
                "with --run: i/N, the i-th of N shares of the tasks; that of SLURM_ARRAY_TASK_ID in a job array of Slurm, and all tasks elsewhere."
            | Local _ -> "with --run or --plan: compute all tasks by so many processes on this machine."
            | Slurm -> "with --run or --plan: write slurm.sh, a job array that computes all tasks, and submit it."
            | Shares _ ->
                "of --slurm: the tasks of the job array, each of which computes a share (default: a task a point, 100 at most)."
            | At_Once _ -> "of --slurm: so many tasks of the job array at the same time at most."
            | Time _ -> "of --slurm: the time limit of a task of the job array, such as 2:00:00; it goes on after that."
            | Memory _ -> "of --slurm: the memory of a task, such as 8G."
            | Partition _ -> "of --slurm: the partition."
            | Cpus _ -> "of --slurm: the cores of a task, and so the threads of its linear algebra (default: 1)."
            | Sbatch _ ->
                "of --slurm: a further option of sbatch without its dashes, such as account=physics; as often as wanted."
            | Dry_Run -> "of --slurm: write the script and submit nothing."

/// The arguments of `finitewidth info`: none.
[<RequireQualifiedAccess>]
type InfoArgument =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

/// The arguments of `finitewidth plot`.
[<RequireQualifiedAccess>]
type PlotArgument =
    | [<MainCommand; Unique>] Result of file: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Result _ ->
                "a result of predict, learning-curve (results.json) or experiment; the figure goes to --output, .html, .png or .svg, or to a page beside it."

/// The arguments of `finitewidth compare`.
[<RequireQualifiedAccess>]
type CompareArgument =
    | [<MainCommand; Unique>] Results of file: string * second: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Results _ -> "two results of predict, learning-curve or experiment."

/// The arguments of `finitewidth fetch`.
[<RequireQualifiedAccess>]
type FetchArgument =
    | [<MainCommand; Unique>] Data of name: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Data _ -> "cifar-10 or cifar-100: unpacked in the folder that --output names, or in the one you work in."

/// The arguments of `finitewidth schema`: none.
[<RequireQualifiedAccess>]
type SchemaArgument =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

/// The arguments of `finitewidth completions`.
[<RequireQualifiedAccess>]
type CompletionsArgument =
    | [<MainCommand; Unique>] Shell of shell: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Shell _ -> "bash, zsh, fish or powershell: the script to load into that shell is printed."

/// The arguments of `finitewidth`; those that are no commands belong to every command.
[<RequireQualifiedAccess; HelpFlags("--help", "-h")>]
type Argument =
    | [<Inherit; Unique; AltCommandLine("-o", "--out")>] Output of path: string
    | [<Inherit; Unique>] Json
    | [<Inherit; Unique>] Table
    | [<Inherit; Unique; AltCommandLine "-q">] Quiet
    | [<Inherit; Unique>] Seed of seed: string
    | [<Unique>] Version
    | [<CliPrefix(CliPrefix.None); CustomCommandLine "learning-curve">] Learning_Curve of
        ParseResults<LearningCurveArgument>
    | [<CliPrefix(CliPrefix.None)>] Predict of ParseResults<PredictArgument>
    | [<CliPrefix(CliPrefix.None)>] Apply of ParseResults<ApplyArgument>
    | [<CliPrefix(CliPrefix.None)>] Fit of ParseResults<FitArgument>
    | [<CliPrefix(CliPrefix.None)>] Explain of ParseResults<ExplainArgument>
    | [<CliPrefix(CliPrefix.None)>] Experiment of ParseResults<ExperimentArgument>
    | [<CliPrefix(CliPrefix.None)>] Sweep of ParseResults<SweepArgument>
    | [<CliPrefix(CliPrefix.None)>] Plot of ParseResults<PlotArgument>
    | [<CliPrefix(CliPrefix.None)>] Compare of ParseResults<CompareArgument>
    | [<CliPrefix(CliPrefix.None)>] Fetch of ParseResults<FetchArgument>
    | [<CliPrefix(CliPrefix.None)>] Schema of ParseResults<SchemaArgument>
    | [<CliPrefix(CliPrefix.None)>] Completions of ParseResults<CompletionsArgument>
    | [<CliPrefix(CliPrefix.None)>] Info of ParseResults<InfoArgument>

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Output _ ->
                "write the result to this file, whole or not at all, instead of printing it (- is standard output). Of learning-curve and experiment a folder: results.json, results.csv and figure.html, and what sampling has found, from which the next run goes on."
            | Json -> "print JSON where a table would be printed: of predict, apply, compare and sweep --status."
            | Table -> "print a table where JSON would be printed: of predict."
            | Quiet -> "tell nothing of progress; with --output, print nothing."
            | Seed _ ->
                "the seed of all that is drawn, in place of the job's: of learning-curve, predict, apply, fit, experiment and sweep; learning-curve on mnist draws the examples too, instead of taking the first ones."
            | Version -> "print the version."
            | Learning_Curve _ -> "the test error of a network as a function of its width: a table and a figure."
            | Predict _ ->
                "the predictions that a JSON job asks for: a table on a terminal, one JSON document elsewhere."
            | Apply _ -> "what a model that predict --save kept predicts at new points."
            | Fit _ ->
                "priors, biases and temperature of largest evidence, and the widths compared by it, as one JSON document."
            | Explain _ ->
                "the equations of a job's network and theory, and the algorithm that solves them with its cost."
            | Experiment _ ->
                "networks drawn from their posterior beside what theories predict, as one JSON document, a table and a figure."
            | Sweep _ ->
                "the points of a job as tasks of many processes, on this machine or a cluster with Slurm: planned, run, collected."
            | Plot _ -> "the figure of a result: test errors against what varies in it."
            | Compare _ -> "the test errors of two results side by side, and what differs in their jobs."
            | Fetch _ ->
                "images that are found rather than shipped, from where they are published, with their checksum."
            | Schema _ -> "the JSON Schema of jobs, with which editors complete and check them."
            | Completions _ -> "the script that completes commands and flags in a shell."
            | Info _ -> "versions, linear-algebra library, cores, SIMD."
