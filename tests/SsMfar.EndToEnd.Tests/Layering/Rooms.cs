using System.Reflection;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using SsMfar.Data;
using SsMfar.Distributed;
using SsMfar.Faces;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Reports;
using SsMfar.Training;
using SsMfar.Video;

namespace SsMfar.Tests.Layering;

/// <summary>
/// The rooms of the house: the folders of the sources, two levels deep, those of one name in several packages counted as one; and which of
/// them know which, as the code that was compiled says.
/// </summary>
internal static class Rooms
{
    private static readonly Lazy<Dictionary<string, string>> Folders = new(ReadFolders);

    private static readonly Lazy<List<(Type From, Type To)>> Known = new(ReadReferences);

    public static Assembly[] Assemblies { get; } =
    [
        typeof(AnnotationSet).Assembly, typeof(MultiTaskTrainer).Assembly, typeof(OnnxAffectPredictor).Assembly,
        typeof(FaceReader).Assembly, typeof(VideoReader).Assembly, typeof(ImageNetWeights).Assembly,
        typeof(AffectReport).Assembly, typeof(MpiProcessGroup).Assembly,
    ];

    /// <summary>The types of the libraries that a type of them knows, as pairs.</summary>
    public static IReadOnlyList<(Type From, Type To)> References => Known.Value;

    /// <summary>The types of an assembly that its authors wrote; what source generators add is left out.</summary>
    public static IEnumerable<Type> Written(Assembly assembly) =>
        TypeReferences.Written(assembly).Where(type => Folders.Value.ContainsKey(Name(type)));

    /// <summary>The room of a type: Training/Options, Losses.</summary>
    public static string Of(Type type) => Folders.Value[Name(type)];

    /// <summary>The room without its second level.</summary>
    public static string Floor(Type type) => Of(type).Split('/')[0];

    /// <summary>Groups of names that know each other in a circle, each with the references that close it.</summary>
    public static IEnumerable<string> Circles(Func<Type, string> room)
    {
        ILookup<(string, string), (Type From, Type To)> arrows = References
            .Where(pair => room(pair.From) != room(pair.To))
            .ToLookup(pair => (room(pair.From), room(pair.To)));
        Dictionary<string, HashSet<string>> reached = arrows.Select(arrow => arrow.Key.Item1).Distinct().ToDictionary(
            from => from, from => Reach(from, arrows));
        return
            from arrow in arrows
            where reached.TryGetValue(arrow.Key.Item2, out HashSet<string>? back) && back.Contains(arrow.Key.Item1)
            let example = arrow.First()
            select $"{arrow.Key.Item1} -> {arrow.Key.Item2}: " +
                $"{string.Join(", ", arrow.Take(4).Select(pair => $"{pair.From.Name} knows {pair.To.Name}"))}";
    }

    private static HashSet<string> Reach(string from, ILookup<(string, string), (Type From, Type To)> arrows)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([from]);
        while (open.TryPop(out string? room))
        {
            foreach (string next in arrows.Select(arrow => arrow.Key).Where(arrow => arrow.Item1 == room).Select(arrow => arrow.Item2))
            {
                if (reached.Add(next))
                {
                    open.Push(next);
                }
            }
        }

        return reached;
    }

    private static List<(Type From, Type To)> ReadReferences() =>
    [
        .. from assembly in Assemblies
           from type in Written(assembly)
           from known in TypeReferences.Of(type)
           where Assemblies.Contains(known.Assembly) && Folders.Value.ContainsKey(Name(known))
           select (type, known),
    ];

    // src/PACKAGE/ROOM/SUBROOM/File.cs; what lies beside the project file is a room of the package's own name.
    private static Dictionary<string, string> ReadFolders()
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        string sources = Path.Combine(Repository.Root, "src");
        foreach (string file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetRelativePath(sources, file).Split(Path.DirectorySeparatorChar);
            if (parts.Contains("obj") || parts.Contains("bin"))
            {
                continue;
            }

            string room = parts.Length == 2 ? parts[0] : string.Join('/', parts[1..^1].Take(2));
            foreach (string name in Declared(File.ReadAllText(file)))
            {
                folders[name] = room;
            }
        }

        return folders;
    }

    private static IEnumerable<string> Declared(string source) =>
        from declaration in CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes()
        where declaration is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax && declaration.Parent is BaseNamespaceDeclarationSyntax
        let space = ((BaseNamespaceDeclarationSyntax)declaration.Parent!).Name.ToString()
        let name = (declaration as BaseTypeDeclarationSyntax)?.Identifier.Text ?? ((DelegateDeclarationSyntax)declaration).Identifier.Text
        let arity = (declaration as TypeDeclarationSyntax)?.TypeParameterList?.Parameters.Count ?? 0
        select arity == 0 ? $"{space}.{name}" : $"{space}.{name}`{arity}";

    private static string Name(Type type) => $"{type.Namespace}.{type.Name}";
}
