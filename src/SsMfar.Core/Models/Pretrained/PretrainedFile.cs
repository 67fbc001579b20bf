using SsMfar.Weights;

namespace SsMfar.Models;

/// <summary>The format that a file of pretrained weights is said to be of.</summary>
internal enum PretrainedFormat
{
    /// <summary>Whichever its content tells.</summary>
    Any,

    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>What <c>torch.save</c> writes.</summary>
    PyTorch,

    /// <summary>An ONNX model.</summary>
    Onnx,
}

/// <summary>Opens files of pretrained weights.</summary>
internal static class PretrainedFile
{
    /// <summary>Opens a file; of an ONNX model, the network in it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What it must be.</param>
    /// <param name="orAsItIs">Whether an ONNX model of another network is opened by the names of its tensors, or refused.</param>
    /// <exception cref="ModelFileException">It is damaged, of another format, or an ONNX model of another network.</exception>
    public static WeightFile Open(string path, PretrainedFormat format, bool orAsItIs = false)
    {
        WeightFile file = WeightFile.Open(path);
        try
        {
            Require(file, format);
            return file is not OnnxReader onnx ? file
                : orAsItIs ? OnnxBackboneFile.Find(onnx, out _) ?? file
                : OnnxBackboneFile.Of(onnx);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What an ONNX model does to the images; null for other files.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isInputNamed">Whether it was said what enters the graph, and not the order of the planes alone.</param>
    /// <exception cref="ModelFileException">It was not, and cannot be guessed.</exception>
    public static OnnxImages? Images(WeightFile file, bool isInputNamed)
    {
        OnnxImages? images = (file as OnnxBackboneFile)?.Images;
        return isInputNamed || images is not { IsNormalized: true }
            ? images
            : throw new ModelFileException(
                file.Path, null,
                "its graph normalises the images by itself, and the order of their channels does not say what numbers enter it",
                $"Say it with a {nameof(PretrainedInput)}");
    }

    private static void Require(WeightFile file, PretrainedFormat format)
    {
        (PretrainedFormat held, string name) = file.Format switch
        {
            WeightFileFormat.Safetensors => (PretrainedFormat.Safetensors, "a safetensors file"),
            WeightFileFormat.Onnx => (PretrainedFormat.Onnx, "an ONNX model"),
            _ => (PretrainedFormat.PyTorch, "a PyTorch file"),
        };
        if (format != PretrainedFormat.Any && format != held)
        {
            throw new ModelFileException(
                file.Path, null, $"it is {name}",
                $"Use {nameof(PretrainedWeights)}.{nameof(PretrainedWeights.FromFile)}, which takes all formats");
        }
    }
}
