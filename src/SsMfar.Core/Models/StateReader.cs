using TorchSharp;

namespace SsMfar.Models;

/// <summary>Reads a whole state from a file.</summary>
internal static class StateReader
{
    private const int NamesShown = 5;

    /// <summary>Reads every tensor of a state; the file has neither more nor fewer.</summary>
    /// <exception cref="WeightFileException">A name is missing or unexpected, or a shape differs.</exception>
    internal static void ReadAll(SafetensorsReader reader, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        RequireNone(reader, [.. state.Keys.Where(name => !reader.Entries.ContainsKey(name))], "the file lacks");
        RequireNone(reader, [.. reader.Keys.Where(name => !state.ContainsKey(name))], "the model has no place for");
        foreach (var (name, tensor) in state)
        {
            reader.ReadInto(name, tensor);
        }
    }

    /// <summary>Throws when there are names, showing the first of them.</summary>
    internal static void RequireNone(SafetensorsReader reader, List<string> names, string problem)
    {
        if (names.Count > 0)
        {
            string more = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
            throw new WeightFileException(
                reader.Path, names[0], $"{problem} {string.Join(", ", names.Take(NamesShown))}{more}", "Use weights made for this model");
        }
    }
}
