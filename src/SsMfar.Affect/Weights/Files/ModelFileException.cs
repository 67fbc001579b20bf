namespace SsMfar.Weights;

/// <summary>
/// A weight or model file that cannot be read or written. The message names the file, the entry, the fault and the remedy.
/// </summary>
public sealed class ModelFileException : SsMfarException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The entry at fault, or null for the whole file.</param>
    /// <param name="problem">What is wrong, one sentence without its full stop.</param>
    /// <param name="remedy">What to do, one sentence without its full stop.</param>
    /// <param name="innerException">What led to it.</param>
    public ModelFileException(string path, string? key, string problem, string remedy, Exception? innerException = null)
        : base($"{path}{(key is null ? "" : $": entry '{key}'")}: {problem}. {remedy}.", $"{remedy}.", innerException)
    {
        Path = path;
        Key = key;
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets the entry at fault, or null for the whole file.</summary>
    public string? Key { get; }

    /// <summary>Gets what the file is instead of what was asked for, where its first bytes tell; else null.</summary>
    public WeightFileKind? Kind { get; init; }
}
