using System.Reflection;
using System.Text.RegularExpressions;
using SsMfar.Tests.Layering;

namespace SsMfar.Tests.Documentation;

/// <summary>The arrows between rooms, as docs/architecture.md draws them and as the libraries have them.</summary>
internal static partial class RoomDiagram
{
    /// <summary>The page that has the diagram, as its first Mermaid block.</summary>
    public static string Page => Path.Combine(Repository.Root, "docs", "architecture.md");

    /// <summary>The arrows of a page's first Mermaid block: a room, and one that it knows.</summary>
    public static HashSet<(string From, string To)> Drawn(string page)
    {
        string block = MermaidBlock().Match(page).Groups["block"].Value;
        return [.. from Match line in Arrow().Matches(block)
                   from target in line.Groups["to"].Value.Split('&')
                   select (line.Groups["from"].Value, Identifier().Match(target.Trim()).Value)];
    }

    /// <summary>
    /// The arrows of the code: whose types know whose. A room is the second part of the namespace within a package, as
    /// <c>Core_Training</c>; from one package to another there is one arrow.
    /// </summary>
    public static HashSet<(string From, string To)> Real() =>
        [.. from assembly in Libraries()
            from type in TypeReferences.Written(assembly)
            from known in TypeReferences.Of(type)
            where IsOurs(known)
            let arrow = known.Assembly == assembly ? (Room(type), Room(known)) : (Package(type), Package(known))
            where arrow.Item1 != arrow.Item2
            select arrow];

    /// <summary>The arrows, and those that follow by going along several.</summary>
    public static HashSet<(string From, string To)> Closure(IEnumerable<(string From, string To)> arrows)
    {
        HashSet<(string From, string To)> all = [.. arrows];
        int before;
        do
        {
            before = all.Count;
            all.UnionWith([.. from first in all from second in all where first.To == second.From select (first.From, second.To)]);
        }
        while (all.Count > before);
        return all;
    }

    // Each folder of src with a project is a library.
    private static IEnumerable<Assembly> Libraries() => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Select(project => Assembly.Load(Path.GetFileNameWithoutExtension(project)));

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("SsMfar.", StringComparison.Ordinal) == true;

    private static string Package(Type type) => type.Assembly.GetName().Name!.Split('.')[1];

    private static string Room(Type type) => $"{Package(type)}_{type.Namespace!.Split('.')[1]}";

    [GeneratedRegex("^```mermaid\\r?\\n(?<block>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex MermaidBlock();

    [GeneratedRegex(@"^\s*(?<from>\w+)\s*-->\s*(?<to>.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex Identifier();
}
