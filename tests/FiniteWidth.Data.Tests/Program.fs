module FiniteWidth.Data.Tests.Program

open Expecto
open FiniteWidth.Testing

[<EntryPoint>]
let main arguments =
    Suite.run
        "Data"
        [
            IdxTests.tests
            NpyTests.tests
            NpzTests.tests
            CsvTests.tests
            ParquetTests.tests
            MalformedFileTests.tests
            DamagedFileTests.tests
            AtomicFileTests.tests
            AbandonedFileTests.tests
            // The environment and the current folder are the whole program's.
            testSequenced (testList "" [ MnistTests.tests; CifarTests.tests ])
            ArchiveTests.tests
            ProtocolTests.tests
            ScalingTests.tests
            Hdf5Tests.tests
            TeacherTests.tests
        ]
        arguments
