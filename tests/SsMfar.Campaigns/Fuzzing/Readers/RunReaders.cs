using SsMfar.Campaigns.Fuzzing.Mutation;
using SsMfar.Campaigns.Models;
using SsMfar.Campaigns.Shell;
using SsMfar.Data;
using SsMfar.Runtime;
using SsMfar.Training;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>What a training run leaves for a later process.</summary>
internal static class RunReaders
{
    public static string[] Names { get; } = ["image-cache", "checkpoint"];

    public static FuzzReader? Of(string name, TemporaryFolder folder) => name switch
    {
        "image-cache" => ImageCaches(folder),
        "checkpoint" => Checkpoints(folder),
        _ => null,
    };

    // A file that does not hold the images counts as none: nothing is ever thrown.
    private static FuzzReader ImageCaches(TemporaryFolder folder)
    {
        string path = folder["file"];
        return new()
        {
            Name = "image-cache",
            Refusals = [],
            Layers = new ImageCacheLayers(TinyCache.TailOffset),
            Read = bytes =>
            {
                File.WriteAllBytes(path, bytes);
                ImageCacheFile.TryOpen(path, TinyCache.Images, TinyCache.Options, TinyCache.Fingerprint)?.Handle.Dispose();
            },
        };
    }

    private static FuzzReader Checkpoints(TemporaryFolder folder)
    {
        TorchRuntime.Initialize();
        torch.set_num_threads(1);
        TinyState state = new();
        Checkpoint checkpoint = new(folder["file"]);
        return new()
        {
            Name = "checkpoint",
            Refusals = [typeof(ModelFileException), typeof(CheckpointException)],
            Layers = new SafetensorsLayers(),
            Cost = 10,
            Read = bytes =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                File.WriteAllBytes(checkpoint.Path, bytes);
                checkpoint.StartedIn();
                checkpoint.Load(state.State, state.Run);
            },
        };
    }
}
