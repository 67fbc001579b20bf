using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using SsMfar.Inference;
using SsMfar.Shared;
using SsMfar.Weights;
using ModelMetadata = SsMfar.Metadata.ModelMetadata;

namespace SsMfar.Onnx;

/// <summary>A model in a session of ONNX Runtime. Safe for many threads: each call takes buffers of its own.</summary>
internal sealed class OnnxNetwork : IAffectNetwork
{
    private const int BatchSize = 32;
    private const int KeptSizes = 8;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OnnxModelDescription _description;

    // Those of each small number of images, as calls that share batches have them in turns, and of larger numbers.
    private readonly OnnxBufferPool[] _kept = [.. Enumerable.Range(0, KeptSizes + 1).Select(_ => new OnnxBufferPool())];
    private bool _disposed;

    private OnnxNetwork(string name, InferenceSession session, OnnxModelDescription description)
    {
        Name = name;
        _session = session;
        _description = description;
    }

    public string Name { get; }

    public ModelMetadata Metadata => _description.Metadata;

    public ImmutableArray<string> Tasks => _description.Tasks;

    public int PreferredBatchSize => BatchSize;

    /// <summary>Gets how many buffers are kept for a number of images.</summary>
    public int KeptFor(int count) => Pool(count).Count;

    /// <exception cref="ModelFileException">The file cannot be read or is no model of SsMfar.</exception>
    public static OnnxNetwork Load(string path, OnnxAffectPredictorOptions options)
    {
        RequireOnnx(path, Start(path));
        return Load(path, options, session => new(path, session));
    }

    /// <exception cref="ModelFileException">The bytes are no model of SsMfar.</exception>
    public static OnnxNetwork Load(byte[] model, OnnxAffectPredictorOptions options)
    {
        RequireOnnx("the model", model);
        return Load("the model", options, session => new(model, session));
    }

    public float[][] Run(ReadOnlyMemory<byte> pixels, int count)
    {
        OnnxBufferPool pool = Pool(count);
        OnnxBuffers buffers = pool.Take(count) ?? new(_session, _description, count);
        try
        {
            float[][] outputs = buffers.Run(_session, _runOptions, pixels.Span);
            pool.Return(buffers);
            return outputs;
        }
        catch
        {
            buffers.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        Array.ForEach(_kept, pool => pool.Dispose());

        _runOptions.Dispose();
        _session.Dispose();
    }

    private OnnxBufferPool Pool(int count) => _kept[Math.Min(count - 1, KeptSizes)];

    private static byte[] Start(string path)
    {
        try
        {
            RegularFile.Require(path);
            using FileStream file = File.OpenRead(path);
            byte[] start = new byte[WeightFileKinds.BytesNeeded];
            return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException(path, null, "there is no such file", "Check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(path, null, $"it cannot be opened: {e.Message.TrimEnd('.')}",
                "Check the path and its permissions", e);
        }
    }

    // What is of another kind for sure; of the rest ONNX Runtime says what is wrong.
    private static void RequireOnnx(string name, ReadOnlySpan<byte> start)
    {
        const string Export = "SsMfar.Export.OnnxExporter and the console's export make an ONNX model of a model file: give that";
        WeightFileKind kind = WeightFileKinds.Of(start);
        string? what = kind switch
        {
            WeightFileKind.Empty => "it is empty",
            WeightFileKind.Safetensors => "it is a safetensors file, not an ONNX model",
            WeightFileKind.PyTorchZip or WeightFileKind.PyTorchLegacy or WeightFileKind.Pickle or WeightFileKind.Tar =>
                "it is a PyTorch file, not an ONNX model",
            WeightFileKind.Hdf5 => "it is an HDF5 file (Keras), not an ONNX model",
            WeightFileKind.GitLfsPointer => "it is a Git LFS pointer, which stands for a file that was not downloaded",
            WeightFileKind.WebPage => "it is a web page, not a model",
            _ => null,
        };
        if (what is not null)
        {
            bool isElsewhere = kind is WeightFileKind.Empty or WeightFileKind.GitLfsPointer or WeightFileKind.WebPage;
            throw new ModelFileException(name, null, what, isElsewhere ? "Download or export the model itself" : Export) { Kind = kind };
        }
    }

    private static OnnxNetwork Load(string name, OnnxAffectPredictorOptions options, Func<SessionOptions, InferenceSession> open)
    {
        InferenceSession? session = null;
        try
        {
            using (SessionOptions sessionOptions = options.ToSessionOptions())
            {
                session = open(sessionOptions);
            }

            return new(name, session, OnnxModelDescription.Read(name, session));
        }
        catch (OnnxRuntimeException e)
        {
            session?.Dispose();
            throw new ModelFileException(
                name, null, $"ONNX Runtime cannot load it: {e.Message.TrimEnd('.')}", "Export or download the model again", e);
        }
        catch (Exception e) when (NativeRuntime.Missing(e) is { } missing)
        {
            throw missing;
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }
}
