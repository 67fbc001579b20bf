using Microsoft.ML.OnnxRuntime;
using SsMfar.Campaigns.Fuzzing.Mutation;
using SsMfar.Campaigns.Models;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Runtime;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Campaigns.Fuzzing.Readers;

/// <summary>Files of weights and models.</summary>
internal static class WeightReaders
{
    private static readonly Type[] File = [typeof(ModelFileException)];

    public static string[] Names { get; } = ["safetensors", "pytorch", "onnx-weights", "model", "onnx-model"];

    public static FuzzReader? Of(string name, FileReading file) => name switch
    {
        "safetensors" => Weights(name, file, new SafetensorsLayers()),
        "pytorch" => Weights(name, file, new ZipLayers()),
        "onnx-weights" => Weights(name, file, new ProtobufLayers()),
        "model" => new()
        {
            Name = name,
            Refusals = [.. File, typeof(UnknownPartException)],
            Layers = new SafetensorsLayers(),
            Cost = 20,
            Read = Loaded(file.Of(path =>
            {
                using LoadedModel loaded = ModelFile.Load(path, TinyParts.Known);
            })),
        },

        // ONNX Runtime reads the graph; what this library reads is what the graph says beside it.
        "onnx-model" => new()
        {
            Name = name,
            Refusals = [.. File, typeof(UnknownPartException)],
            Layers = new ProtobufLayers(),
            Cost = 50,
            MemoryLimit = bytes => (64L * bytes.Length) + (64 << 20),
            Read = bytes =>
            {
                using OnnxAffectPredictor predictor = OnnxAffectPredictor.Load(bytes, new()
                {
                    Threads = 1,
                    ConfigureSession = session => session.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
                });
            },
        },
        _ => null,
    };

    private static FuzzReader Weights(string name, FileReading file, IFileLayers layers) => new()
    {
        Name = name,
        Refusals = File,
        Layers = layers,
        Cost = 4,
        Read = Loaded(file.Of(path =>
        {
            using WeightFile weights = WeightFile.Open(path);
            foreach (string key in weights.Keys)
            {
                weights.Read(key).Dispose();
            }
        })),
    };

    private static Action<byte[]> Loaded(Action<byte[]> read)
    {
        TorchRuntime.Initialize();
        torch.set_num_threads(1);
        return bytes =>
        {
            using DisposeScope scope = torch.NewDisposeScope();
            read(bytes);
        };
    }
}
