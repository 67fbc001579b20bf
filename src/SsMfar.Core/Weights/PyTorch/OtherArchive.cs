namespace SsMfar.Weights;

/// <summary>
/// Zip archives that are no weights of <c>torch.save</c>, told by their entries' names: programs, arrays, archives around a weight file.
/// </summary>
internal static class OtherArchive
{
    private static readonly string[] WeightFileEndings = [".pth", ".pt", ".tar", ".bin", ".ckpt", ".safetensors"];

    /// <summary>What an archive is, with the entry that tells it; null where nothing does.</summary>
    /// <param name="names">The entries' names.</param>
    /// <param name="root">What the names start with where the archive has a <c>data.pkl</c>, else null.</param>
    public static (string Entry, string Problem, string Remedy)? Recognize(IEnumerable<string> names, string? root)
    {
        const string saveState = "Load it with torch.jit.load and save its state_dict() with torch.save";
        const string weights = "Give a safetensors file, or one written by torch.save";
        foreach (string name in names)
        {
            if (root is not null)
            {
                if (name == root + "constants.pkl")
                {
                    return (name, "the archive is a TorchScript program", saveState);
                }
            }
            else if (IsFile(name, "model.json"))
            {
                return (name, "the archive is a program of TorchScript or torch.export",
                    "Load it with PyTorch and save its state_dict() with torch.save");
            }
            else if (name.EndsWith(".npy", StringComparison.Ordinal))
            {
                return (name, "it is an archive of NumPy arrays (.npz)", weights);
            }
            else if (IsFile(name, "model.weights.h5"))
            {
                return (name, "it is a Keras model", weights);
            }
            else if (WeightFileEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            {
                return (name, "it is a zip archive around a file of weights", "Unpack that file and give it");
            }
        }

        return null;
    }

    private static bool IsFile(string name, string file) => name == file || name.EndsWith('/' + file, StringComparison.Ordinal);
}
