namespace SsMfar.Tests.Weights.PyTorch;

/// <summary>Files written by PyTorch 1.13, and one as PyTorch 0.4.1 wrote it under Python 2.</summary>
internal static class Fixtures
{
    private static readonly string Folder = System.IO.Path
        .Combine(Repository.Root, "tests", "SsMfar.Core.Tests", "Weights", "PyTorch", "Fixtures");

    public static IEnumerable<string> All => Directory.EnumerateFiles(Folder, "*.pth").Order(StringComparer.Ordinal);

    public static string Path(string name) => System.IO.Path.Combine(Folder, name);
}
