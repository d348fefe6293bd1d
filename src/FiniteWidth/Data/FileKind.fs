namespace FiniteWidth

open System
open System.IO
open System.Runtime.InteropServices

/// What is at a path, asked without opening it: to open a pipe or a device may take for ever.
[<RequireQualifiedAccess>]
module FileKind =

    module private Native =

        // The runtime's own stat, the same on every Unix: its record begins with flags and mode, 32 bits each.
        [<DllImport("libSystem.Native", EntryPoint = "SystemNative_Stat")>]
        extern int stat([<MarshalAs(UnmanagedType.LPUTF8Str)>] string path, byte[] status)

    let private typeMask, private regular, private folder = 0xF000, 0x8000, 0x4000

    let private mode path =
        try
            let status = Array.zeroCreate 512

            if Native.stat (path, status) = 0 then
                Some(BitConverter.ToInt32(status, 4) &&& typeMask)
            else
                None
        with
        | :? DllNotFoundException
        | :? EntryPointNotFoundException -> None

    /// Whether a pipe, a device or a socket is at the path: neither a file nor a folder.
    let isSpecial (path: string) =
        not (OperatingSystem.IsWindows() || String.IsNullOrEmpty path || path.Contains '\000')
        && (match mode path with
            | Some kind -> kind <> regular && kind <> folder
            | None -> false)

    /// The complaint about one.
    let special =
        "This is not a regular file but a pipe, a device or a socket: give the path of a file."
