using System.Text.RegularExpressions;

namespace SsMfar.Tests.Documentation;

/// <summary>A page of the documentation: its code blocks and its links.</summary>
/// <param name="Path">Relative to the repository, with forward slashes.</param>
internal sealed partial record MarkdownFile(string Path)
{
    private string FullPath => System.IO.Path.Combine(Repository.Root, Path);

    /// <summary>README.md and its neighbours, the pages in docs and the packages' own.</summary>
    public static IEnumerable<MarkdownFile> All()
    {
        IEnumerable<string> neighbours = Directory.EnumerateFiles(Repository.Root, "*.md");
        IEnumerable<string> docs = Pages("docs", "*.md"), packages = Pages("src", "README.md"), github = Pages(".github", "*.md");
        return neighbours.Concat(docs).Concat(packages).Concat(github)
            .Select(path => new MarkdownFile(System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')))
            .OrderBy(page => page.Path, StringComparer.Ordinal);

        static IEnumerable<string> Pages(string folder, string pattern) =>
            Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories);
    }

    /// <summary>The fenced C# blocks, each with the number of its first line.</summary>
    public IEnumerable<(int Line, string Code)> CSharpBlocks() => Blocks("csharp", "cs", "c#");

    /// <summary>The fenced blocks for a shell, each with the number of its first line.</summary>
    public IEnumerable<(int Line, string Code)> ShellBlocks() => Blocks("sh", "bash");

    /// <summary>The links to files of the repository that lead nowhere.</summary>
    public IEnumerable<string> BrokenLinks() =>
        from Match match in Link().Matches(File.ReadAllText(FullPath))
        let target = match.Groups["target"].Value
        where !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#') &&
            !target.StartsWith("mailto:", StringComparison.Ordinal)
        let path = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(FullPath)!, target.Split('#')[0]))
        where !System.IO.Path.Exists(path)
        select target;

    private IEnumerable<(int Line, string Code)> Blocks(params string[] languages)
    {
        string[] lines = File.ReadAllLines(FullPath);
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } fence)
            {
                continue;
            }

            int first = i + 1;
            string indent = fence.Groups["indent"].Value;
            do
            {
                i++;
            }
            while (i < lines.Length && !lines[i].TrimStart().StartsWith(fence.Groups["ticks"].Value, StringComparison.Ordinal));

            if (languages.Contains(fence.Groups["language"].Value))
            {
                IEnumerable<string> code = lines[first..i].Select(
                    line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line);
                yield return (first + 1, string.Join('\n', code));
            }
        }
    }

    [GeneratedRegex("^(?<indent> *)(?<ticks>```+)(?<language>[^\\s`]*)")]
    private static partial Regex Fence();

    [GeneratedRegex("\\]\\((?<target>[^)\\s]+)(?:\\s+\"[^\"]*\")?\\)|(?:src|href)=\"(?<target>[^\"]+)\"")]
    private static partial Regex Link();
}
