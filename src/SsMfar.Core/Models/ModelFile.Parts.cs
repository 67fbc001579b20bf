using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Models;

public static partial class ModelFile
{
    /// <summary>Reads some of a model file's tensors; all are checked before the first is read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">Where to, by the names that they have in the file; device and layout stay.</param>
    /// <exception cref="ModelFileException">A tensor is missing, has another shape, or holds NaN or infinity (named).</exception>
    internal static void ReadInto(string path, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        using var reader = OpenFile(path);
        foreach (string name in state.Keys)
        {
            reader.RequireSupported(name);
        }

        StateReader.RequireNone(reader, [.. state.Keys.Where(name => !reader.Entries.ContainsKey(name))], "the file lacks");
        foreach ((string name, torch.Tensor tensor) in state)
        {
            reader.CheckFits(name, tensor);
            reader.CheckFinite(name, tensor.dtype);
        }

        foreach ((string name, torch.Tensor tensor) in state)
        {
            reader.ReadInto(name, tensor);
        }
    }
}
