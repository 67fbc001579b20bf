namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Files written by PyTorch 1.13.</summary>
internal static class Fixtures
{
    private static readonly string Folder = System.IO.Path
        .Combine(Repository.Root, "tests", "SsMfar.Core.Tests", "Weights", "PyTorch", "Fixtures");

    public static IEnumerable<string> All => Directory.EnumerateFiles(Folder, "*.pth").Order(StringComparer.Ordinal);

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);
}
