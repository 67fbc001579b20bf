using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SsMfar.Tests.Layering;

/// <summary>
/// An ArgumentException of a helper names a parameter that the caller of a public member can see. The compiler sees to the rest: nameof of
/// a public member's own parameter.
/// </summary>
public sealed class ArgumentNameTests
{
    private const string Wrong = """
        public sealed class Model
        {
            public Model(string[] heads) => Check(heads);

            private static void Check(string[] names) => throw new ArgumentException("There is none.", nameof(names));
        }
        """;

    [Fact]
    public void Helpers_of_public_types_name_parameters_of_public_members() => Violations(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), path: path))).Should().BeEmpty();

    [Fact]
    public void A_helper_that_names_its_own_parameter_is_found()
    {
        Violations([CSharpSyntaxTree.ParseText(Wrong)]).Should().Equal("Model: 'names'");
        Violations([CSharpSyntaxTree.ParseText(Wrong.Replace("names", "heads", StringComparison.Ordinal))]).Should().BeEmpty();
    }

    private static IEnumerable<string> Violations(IEnumerable<SyntaxTree> trees) =>
        from type in trees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
            .GroupBy(type => type.Identifier.ValueText)
        where type.All(part => part.Parent is not TypeDeclarationSyntax) && type.Any(part => part.Modifiers.Any(SyntaxKind.PublicKeyword))
        let known = type.SelectMany(Known).ToHashSet(StringComparer.Ordinal)
        from part in type
        from name in Named(part)
        where !known.Contains(name)
        select $"{type.Key}: '{name}'";

    // Parameters of public constructors and methods, also those that an interface shows, and properties, which validation of options names.
    private static IEnumerable<string> Known(TypeDeclarationSyntax type) => type.Members
        .Where(member => member.Modifiers.Any(SyntaxKind.PublicKeyword) || member.Modifiers.Any(SyntaxKind.ProtectedKeyword) ||
            member is MethodDeclarationSyntax { ExplicitInterfaceSpecifier: not null })
        .SelectMany(member => member switch
        {
            BaseMethodDeclarationSyntax method => Names(method.ParameterList),
            PropertyDeclarationSyntax property => [property.Identifier.ValueText, "value"],
            IndexerDeclarationSyntax indexer => Names(indexer.ParameterList),
            _ => [],
        }).Concat(type.ParameterList is { } primary ? Names(primary) : []);

    private static IEnumerable<string> Names(BaseParameterListSyntax list) =>
        list.Parameters.Select(parameter => parameter.Identifier.ValueText);

    private static IEnumerable<string> Named(TypeDeclarationSyntax type) =>
        from thrown in type.DescendantNodes(node => node == type || node is not TypeDeclarationSyntax)
            .OfType<ObjectCreationExpressionSyntax>()
        where thrown.Type.ToString().StartsWith("Argument", StringComparison.Ordinal)
        from argument in thrown.ArgumentList?.Arguments ?? default
        where argument.Expression is InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } }
        select ((InvocationExpressionSyntax)argument.Expression).ArgumentList.Arguments[0].Expression.ToString();
}
