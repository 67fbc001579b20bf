using SsMfar.Models;

namespace SsMfar.Weights;

/// <summary>
/// Tells what kind of file it is by its first bytes, whatever its name, and says what to do with one that is of no use here.
/// </summary>
internal static class FileSignature
{
    private const string Convert = "Load it with PyTorch and save it again with torch.save(model.state_dict(), ...)";

    /// <summary>The kind of a file.</summary>
    public static WeightFileKind Of(FileBytes file)
    {
        Span<byte> buffer = stackalloc byte[WeightFileKinds.BytesNeeded];
        Span<byte> start = buffer[..(int)Math.Min(buffer.Length, file.Length)];
        file.Read(start, 0);
        return WeightFileKinds.Of(start);
    }

    /// <exception cref="ModelFileException">The file is of no known format; the message says what it seems to be.</exception>
    public static WeightFileFormat Recognize(FileBytes file)
    {
        WeightFileKind kind = Of(file);
        return kind switch
        {
            WeightFileKind.PyTorchZip => WeightFileFormat.PyTorchZip,
            WeightFileKind.PyTorchLegacy => WeightFileFormat.PyTorchLegacy,
            WeightFileKind.Safetensors => WeightFileFormat.Safetensors,
            WeightFileKind.Onnx => WeightFileFormat.Onnx,
            _ => throw Refusal(file.Path, kind, Describe(kind)),
        };
    }

    /// <summary>Refuses a file that its first bytes tell to be something else than safetensors.</summary>
    /// <exception cref="ModelFileException">It is; the message says what, and what that is good for.</exception>
    public static void RequireSafetensors(FileBytes file)
    {
        WeightFileKind kind = Of(file);
        if (kind is not (WeightFileKind.Safetensors or WeightFileKind.Unknown or WeightFileKind.Empty))
        {
            throw Refusal(file.Path, kind, IsPyTorch(kind)
                ? ($"{PyTorch(kind)}, not a safetensors file", "Give a safetensors file") : Describe(kind));
        }
    }

    /// <summary>Refuses a file that its first bytes tell to be no model file.</summary>
    /// <exception cref="ModelFileException">It is none; the message says what it is, and what that is good for.</exception>
    public static void RequireModel(FileBytes file)
    {
        WeightFileKind kind = Of(file);
        if (kind is WeightFileKind.Safetensors or WeightFileKind.Unknown or WeightFileKind.Empty)
        {
            return;
        }

        throw Refusal(file.Path, kind, kind switch
        {
            _ when IsPyTorch(kind) => (
                $"{PyTorch(kind)}, not a model file of this library",
                "A checkpoint of the published SS-MFAR code is loaded with PublishedCheckpoint, which makes a model of it; " +
                $"other weights are what training starts from ({nameof(PretrainedWeights)})"),
            WeightFileKind.Onnx => (
                "it is an ONNX model, not a model file of this library",
                "Give the model file that it was exported from, or load it with OnnxAffectPredictor of SsMfar.Onnx"),
            _ => (Describe(kind).What, "Give a model file that this library saved"),
        });
    }

    private static bool IsPyTorch(WeightFileKind kind) => kind is WeightFileKind.PyTorchZip or WeightFileKind.PyTorchLegacy;

    private static string PyTorch(WeightFileKind kind) => kind == WeightFileKind.PyTorchZip
        ? "it is a PyTorch file (a zip archive)" : "it is a PyTorch file";

    private static ModelFileException Refusal(string path, WeightFileKind kind, (string What, string Remedy) text) =>
        new(path, null, text.What, text.Remedy) { Kind = kind };

    private static (string What, string Remedy) Describe(WeightFileKind kind)
    {
        const string known = "Give a safetensors file, one written by torch.save, or an ONNX model";
        return kind switch
        {
            WeightFileKind.Empty => ("it is empty", "Write or download it again"),
            WeightFileKind.Tar => ("it is a tar archive, as PyTorch wrote before version 0.1.10; that format is not read", Convert),
            WeightFileKind.Pickle => ("it is a Python pickle without PyTorch's magic number", Convert),
            WeightFileKind.GitLfsPointer => (
                "it is a Git LFS pointer, which stands for a file that was not downloaded", "Download the file itself, with git lfs pull"),
            WeightFileKind.WebPage => ("it is a web page, not a weight file", "Download the file itself, not the page that shows it"),
            WeightFileKind.Hdf5 => ("it is an HDF5 file (Keras)", known),
            WeightFileKind.Onnx => ("it is an ONNX model", "Give a safetensors file, or one written by torch.save"),
            _ => ("it is neither a safetensors nor a PyTorch file, nor an ONNX model", known),
        };
    }
}
