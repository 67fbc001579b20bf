using System.Collections.Immutable;
using System.Runtime.InteropServices;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests;
using SsMfar.Tests.Training;
using SsMfar.Training;

/// <summary>
/// Prints two words a moment: whether the library says that freed memory is retained, and whether the C library maps a large block by
/// itself, to give it back when it is freed, as glibc does by default otherwise.
/// </summary>
internal static partial class Retention
{
    // Beyond the 32 MiB that glibc's own threshold can grow to, and below the 64 MiB that a heap of another thread than the first can hold.
    private const int LargeBlock = 40 << 20;

    public static async Task<int> RunAsync(string manner)
    {
        bool? retain = manner switch { "asked" => true, "forbidden" => false, _ => null };
        LogBook log = new();
        TorchRuntime.Initialize(new TorchRuntimeOptions { RetainFreedMemory = retain, LoggerFactory = log });
        Print("loaded");
        if (manner == "later")
        {
            TorchRuntime.Initialize(new TorchRuntimeOptions { RetainFreedMemory = true, LoggerFactory = log });
        }

        string model = Path.Combine(Path.GetTempPath(), $"ssmfar-retention-{Environment.ProcessId}.safetensors");
        try
        {
            if (manner is "predict" or "asked" or "later")
            {
                Predict(model);
            }
            else
            {
                (await TrainAsync()).Dispose();
            }
        }
        finally
        {
            File.Delete(model);
        }

        Print("done");
        Console.WriteLine($"logged: {log.Of(104).Count()}");
        return 0;
    }

    private static Task<TrainingResult> TrainAsync() => MultiTaskTrainer.CreateBuilder()
        .UseBackbone(TinyBackbone.Factory)
        .UseDevice(ComputeDevice.Cpu)
        .Configure(options => (options.ImageSize, options.BatchSize, options.Epochs) = (32, 16, 1))
        .Build().FitAsync(TinyFaces.Dataset(32));

    // From a model file, as a service does.
    private static void Predict(string path)
    {
        var backbone = new TinyBackbone(RandomKey.FromSeed(1));
        ITaskHead head = new MlpHead(backbone.FeatureWidth, 8, 2, RandomKey.FromSeed(2));
        using (var model = new MultiTaskModel(
            backbone,
            new(0, false),
            [KeyValuePair.Create(AffectTaskNames.ValenceArousal, head)]))
        {
            ModelFile.Save(path, model, new ModelMetadata
            {
                Input = new() { Width = 32, Height = 32 },
                Decoders = ImmutableSortedDictionary<string, PartDescription>.Empty
                    .Add(AffectTaskNames.ValenceArousal, new ValenceArousalDecoder().Description),
            });
        }

        using AffectPredictor predictor = AffectPredictor.Load(path, new() { Parts = TinyBackbone.Parts, Device = ComputeDevice.Cpu });
        byte[] face = new TinyFaces.Images().Encoded(TinyFaces.Annotations(1)[0].Image);
        if (!float.IsFinite(predictor.Predict(FaceImage.FromBytes(face)).Valence!.Value))
        {
            throw new InvalidOperationException("Nothing was predicted.");
        }
    }

    private static unsafe void Print(string moment)
    {
        nuint before = MappedBlocks();
        void* block = NativeMemory.Alloc(LargeBlock);
        bool maps = MappedBlocks() > before;
        NativeMemory.Free(block);
        Console.WriteLine($"{moment}: {(TorchRuntime.RetainsFreedMemory ? "retains" : "returns")}, {(maps ? "maps" : "keeps")}");
    }

    private static nuint MappedBlocks() => mallinfo2().MappedBlocks;

    [LibraryImport("libc")]
    private static partial MallocInfo mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct MallocInfo
    {
        public nuint Arena, FreeChunks, FastBins, MappedBlocks, MappedBytes, Unused, FastBytes, Used, Free, Trimmable;
    }
}
