using TorchSharp;

namespace SsMfar.Weights;

/// <summary>Reads a whole state from a file.</summary>
internal static class StateReader
{
    /// <summary>Reads every tensor of a state; the file has neither more nor fewer.</summary>
    /// <exception cref="ModelFileException">A name is missing or unexpected, or a shape differs.</exception>
    public static void ReadAll(WeightFile reader, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        foreach (string name in state.Keys)
        {
            reader.RequireSupported(name);
        }

        RequireNone(reader, [.. state.Keys.Where(name => !reader.Entries.ContainsKey(name))], "the file lacks");
        IEnumerable<string> inFile = reader.Keys.Concat(reader.Unsupported.Keys);
        RequireNone(reader, [.. inFile.Where(name => !state.ContainsKey(name))], "the model has no place for");
        foreach (var (name, tensor) in state)
        {
            reader.ReadInto(name, tensor);
        }
    }

    /// <summary>Throws when there are names, showing the first of them.</summary>
    public static void RequireNone(WeightFile reader, List<string> names, string problem)
    {
        if (names.Count > 0)
        {
            throw new ModelFileException(
                reader.Path, names[0], $"{problem} {TensorNames.Some(names)}", "Use weights made for this model");
        }
    }
}
