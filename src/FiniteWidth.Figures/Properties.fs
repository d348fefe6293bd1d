namespace FiniteWidth.Figures

open System
open System.Collections
open DynamicObj
open Plotly.NET

/// Plotly.NET keeps what a chart says as properties that can be read back: here by name.
module internal Properties =

    let tryGet<'T> name (from: DynamicObj) =
        match from.TryGetPropertyValue name with
        | Some(:? 'T as value) -> Some value
        | _ -> None

    let create (properties: (string * objnull) list) =
        let made = DynamicObj()

        for name, value in properties do
            made.SetProperty(name, nonNull value)

        made

    let set name (value: objnull) (target: #DynamicObj) =
        target.SetProperty(name, nonNull value)
        target

    /// The property, made and kept where it is missing.
    let getOrAdd<'T when 'T :> DynamicObj> name (create: unit -> 'T) (target: DynamicObj) =
        match tryGet<'T> name target with
        | Some value -> value
        | None ->
            let value = create ()
            target |> set name (box value) |> ignore
            value

    /// The numbers of a property; empty where there is none, or where it holds something else.
    let numbers name (from: DynamicObj) =
        match from.TryGetPropertyValue name with
        | Some(:? string)
        | None -> [||]
        | Some(:? IEnumerable as values) ->
            [|
                for value in values do
                    match value with
                    | :? string -> ()
                    | :? IConvertible as value -> Convert.ToDouble value
                    | _ -> ()
            |]
        | Some _ -> [||]

    let items<'T> name (from: DynamicObj) =
        match tryGet<seq<'T>> name from with
        | Some values -> List.ofSeq values
        | None -> []

    let text name from = tryGet<string> name from

    /// The title's text of a layout or an axis.
    let title from =
        tryGet<Title> "title" from
        |> Option.bind (fun title -> text "text" title)
        |> Option.defaultValue ""

    let layout (chart: GenericChart) = GenericChart.getLayout chart

    /// The legend's name of a trace, where it has an entry there.
    let legendName (trace: Trace) =
        match tryGet<bool> "showlegend" trace with
        | Some false -> None
        | _ -> text "name" trace
