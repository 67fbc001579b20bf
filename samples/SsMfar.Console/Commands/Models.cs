using SsMfar.ConsoleApp.Shell;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.ConsoleApp.Commands;

/// <summary>The models of one or several <c>--model</c>.</summary>
internal static class Models
{
    /// <summary>A predictor; of several models, one that averages them.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="orOnnx">Whether files that export wrote will do too.</param>
    public static IAffectPredictor Load(IReadOnlyList<string> paths, ComputeDevice device, bool orOnnx = false)
    {
        var predictors = new List<IAffectPredictor>(paths.Count);
        try
        {
            foreach (string path in paths)
            {
                predictors.Add(orOnnx ? LoadAny(path, device) : LoadOne(path, device));
            }

            return predictors.Count == 1 ? predictors[0] : Average(paths, predictors);
        }
        catch
        {
            predictors.ForEach(predictor => predictor.Dispose());
            throw;
        }
    }

    /// <summary>A predictor of one model.</summary>
    /// <exception cref="BadInputException">The file is of a kind that other commands take; the message says which.</exception>
    public static AffectPredictor LoadOne(string path, ComputeDevice device) => Open(path, () =>
        AffectPredictor.Load(path, new() { Device = device }));

    /// <summary>A predictor of one model of either kind: .safetensors on libtorch, .onnx on ONNX Runtime, which reads on the CPU.</summary>
    /// <exception cref="BadInputException">
    /// The file is of a kind that other commands take, or it cannot run where it should; the message says which.
    /// </exception>
    public static IAffectPredictor LoadAny(string path, ComputeDevice device) => Open<IAffectPredictor>(path, () =>
    {
        try
        {
            return AffectPredictor.Load(path, new() { Device = device });
        }
        catch (ModelFileException other) when (other.Kind == WeightFileKind.Onnx)
        {
            if (device != ComputeDevice.Auto && device != ComputeDevice.Cpu)
            {
                throw new BadInputException(
                    $"--device {device}: '{path}' is an ONNX model, which is read on the CPU: leave --device out, or give the " +
                        ".safetensors model that export made it of.");
            }

            return OnnxAffectPredictor.Load(path);
        }
    });

    /// <summary>Opens the file of <c>--model</c>, and says of one that is no model which command takes it.</summary>
    /// <exception cref="BadInputException">The file is of a kind that other commands take; the message says which.</exception>
    public static T Open<T>(string path, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (ModelFileException other) when (Remedy(other.Kind) is { } remedy)
        {
            throw new BadInputException($"--model '{path}' {remedy}");
        }
    }

    private static string? Remedy(WeightFileKind? kind) => kind switch
    {
        WeightFileKind.PyTorchZip or WeightFileKind.PyTorchLegacy or WeightFileKind.Pickle =>
            "is a PyTorch file, not a model: convert makes a model of a checkpoint of the published SS-MFAR code, and train starts from " +
                "a backbone's weights with --weights.",
        WeightFileKind.Onnx =>
            "is an ONNX model, which is only predicted with: give the .safetensors model that export made it of.",
        WeightFileKind.Safetensors =>
            "is a safetensors file, but not a model: inspect says what it holds, and train starts from a backbone's weights with " +
                "--weights.",
        WeightFileKind.Hdf5 or WeightFileKind.Tar or WeightFileKind.WebPage => "is no model: give the model.safetensors that train writes.",
        _ => null,
    };

    private static AveragingPredictor Average(IReadOnlyList<string> paths, List<IAffectPredictor> predictors)
    {
        try
        {
            return new(predictors);
        }
        catch (ArgumentException different)
        {
            throw new BadInputException($"--model {string.Join(" --model ", paths)}: {ConsoleWords.Of(different.Message)}");
        }
    }
}
