namespace SsMfar.Tests.Layering;

/// <summary>Lines fit beside each other on a screen; the analyzer looks at code alone, this at comments too.</summary>
public sealed class ColumnTests
{
    private const int Most = 140;

    // A table that is copied from Unicode's.
    private const string Table = "UnicodeForms.Table.cs";

    [Fact]
    public void No_line_of_source_is_longer_than_a_line_may_be() =>
        new[] { "src", "samples", "tests" }.Select(folder => Path.Combine(Repository.Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != Table && !file.Split(Path.DirectorySeparatorChar).Contains("obj"))
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (Place: $"{file}:{i + 1}", line.Length)))
            .Where(line => line.Length > Most).Select(line => line.Place).Should().BeEmpty();
}
