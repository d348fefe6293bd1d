namespace FiniteWidth

open System

/// What the answer of a certificate rests on.
[<RequireQualifiedAccess>]
type Method =
    /// The integral over the scale of a linear network with one output: exact at any width and depth.
    | Exact
    /// A theory, moved by what the exact first order in 1/N says that it leaves out.
    | FirstOrder
    /// The posterior of real networks, sampled.
    | Sampling
    /// A smooth curve in log N beside a theory, through widths that were sampled.
    | Interpolation
    /// The theory of this name as it stands.
    | Theory of name: string

    /// "exact", "first-order", "sampling", "interpolation", or the theory's name.
    override this.ToString() =
        match this with
        | Exact -> "exact"
        | FirstOrder -> "first-order"
        | Sampling -> "sampling"
        | Interpolation -> "interpolation"
        | Theory name -> name

/// How a real network generalises, as far as that is known.
[<NoComparison>]
type Certificate =
    {
        /// Loss, bias and variance with standard errors: NaN where nothing is known of an error.
        Score: MeasuredScore
        /// How the answer was found.
        Method: Method
        /// Whether the standard error of the loss is within the accuracy that was asked for, and what it rests on holds.
        Certified: bool
        /// Why the answer is certified, or why it is not, in one sentence.
        Reason: string
        /// The least and the largest loss that what is known of the network leaves open, of an answer that is not certified.
        Bracket: struct (float * float) option
    }

/// Whether a network of finite width generalises better than an infinite one, by certified numbers.
[<RequireQualifiedAccess>]
type WidthEffect =
    /// The loss is below that at infinite width.
    | Helps
    /// The loss is above that at infinite width.
    | Hurts
    /// The losses are within two standard errors of each other, or one of them is not certified.
    | Undecided

    /// "helps", "hurts" or "undecided".
    override this.ToString() =
        match this with
        | Helps -> "helps"
        | Hurts -> "hurts"
        | Undecided -> "undecided"

/// The width with the smallest certified loss of several.
type BestWidth =
    {
        /// None: infinite width.
        Width: int option
        /// The certified loss at that width.
        Loss: Measured
        /// The other widths that may be as good: their loss is within two standard errors of this one, or is not certified and may lie
        /// below it; none is infinite width.
        Rivals: int option list
    }

    /// No other width may be as good.
    member this.IsDecided = this.Rivals.IsEmpty

/// Answers with standard errors that hold.
[<RequireQualifiedAccess>]
module Certificate =

    /// A score that has no error.
    let exact (score: Score) : MeasuredScore =
        MeasuredScore.ofParts (fun part -> { Value = part score; Error = 0.0 })

    /// How far the loss lies from the one at infinite width, loss(N) - loss(infinity), with its standard error.
    let change (infiniteWidth: Score) certificate : Measured =
        { certificate.Score.Loss with
            Value = certificate.Score.Loss.Value - infiniteWidth.Loss
        }

    /// What finite width does to the loss.
    let effect infiniteWidth certificate =
        let change = change infiniteWidth certificate
        let noise = WidthVerdict.standardErrors * change.Error

        if not certificate.Certified then WidthEffect.Undecided
        elif change.Value < -noise then WidthEffect.Helps
        elif change.Value > noise then WidthEffect.Hurts
        else WidthEffect.Undecided

    /// Of the widths whose certified loss is smaller than that at infinite width by two standard errors the one with the smallest, and by how much of the
    /// loss at infinite width, 1 - loss(N)/loss(infinity), with its standard error; none where no width helps.
    let gain (infiniteWidth: Score) (points: (int * Certificate) list) =
        match
            points
            |> List.filter (fun (_, point) -> effect infiniteWidth point = WidthEffect.Helps)
        with
        | [] -> None
        | helping ->
            let width, most =
                helping |> List.minBy (fun (_, certificate) -> certificate.Score.Loss.Value)

            let change = change infiniteWidth most

            let share: Measured =
                {
                    Value = -change.Value / infiniteWidth.Loss
                    Error = change.Error / infiniteWidth.Loss
                }

            Some(width, share)

    // What may be as good as the best.
    let private rivals (best: Measured) width points =
        points
        |> List.filter (fun (other, certificate) ->
            let loss = certificate.Score.Loss

            let noise =
                WidthVerdict.standardErrors * sqrt (best.Error ** 2.0 + loss.Error ** 2.0)

            other <> width
            && (if certificate.Certified then
                    loss.Value - best.Value <= noise
                else
                    match certificate.Bracket with
                    | Some(struct (least, _)) -> least <= best.Value + WidthVerdict.standardErrors * best.Error
                    | None -> true))
        |> List.map fst

    /// The width with the smallest certified loss among these and infinite width.
    let best (infiniteWidth: Score) (points: (int * Certificate) list) =
        let infinite =
            {
                Score = exact infiniteWidth
                Method = Method.Theory "infinite-width"
                Certified = true
                Reason = "A Gaussian process is exact at infinite width."
                Bracket = None
            }

        let points =
            (None, infinite)
            :: [ for width, certificate in points -> Some width, certificate ]

        let width, least =
            points
            |> List.filter (fun (_, certificate) -> certificate.Certified)
            |> List.minBy (fun (_, certificate) -> certificate.Score.Loss.Value)

        {
            Width = width
            Loss = least.Score.Loss
            Rivals = rivals least.Score.Loss width points
        }
