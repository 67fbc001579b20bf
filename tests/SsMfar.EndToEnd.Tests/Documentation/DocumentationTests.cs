using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SsMfar.Tests.Documentation;

/// <summary>Each C# block of the documentation is a program, or types, that compiles as it stands in a new console project.</summary>
public sealed class DocumentationTests
{
    // What ImplicitUsings adds in a console project.
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; " +
        "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);

    private static readonly SyntaxTree Implicit = CSharpSyntaxTree.ParseText(ImplicitUsings, ParseOptions);

    // Silent in every SDK project: a library built for an older framework.
    private static readonly Dictionary<string, ReportDiagnostic> Silent = new()
    {
        ["CS1701"] = ReportDiagnostic.Suppress,
        ["CS1702"] = ReportDiagnostic.Suppress,
    };

    // The test project's dependencies hold those of an application; none of its own tools takes part.
    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !IsOfTheTests(Path.GetFileName(path))).Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    public static TheoryData<string> Pages => [.. MarkdownFile.All().Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_csharp_block_compiles(string page)
    {
        IEnumerable<string> errors = new MarkdownFile(page).CSharpBlocks().SelectMany(block => Errors(page, block.Line, block.Code));

        errors.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_into_the_repository_leads_somewhere(string page) => new MarkdownFile(page).BrokenLinks().Should().BeEmpty();

    [Fact]
    public void A_block_that_does_not_compile_is_found()
    {
        Errors("page.md", 7, "using SsMfar.Data;\nAffectDataset data = AffectDataset.Load(1);").Should().ContainSingle()
            .Which.Should().StartWith("page.md(8): ").And.Contain("CS7036");
        Errors("page.md", 7, "using SsMfar.Data;\nAffectDataset data = AffectDataset.Load(\"a\", \"b\");\nawait Task.Yield();").Should()
            .BeEmpty();
    }

    private static IEnumerable<string> Errors(string page, int line, string code)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(code, ParseOptions, page);
        bool isProgram = tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any();
        var options = new CSharpCompilationOptions(
            isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: NullableContextOptions.Enable,
            specificDiagnosticOptions: Silent);
        CSharpCompilation compilation = CSharpCompilation.Create("Block", [Implicit, tree], References.Value, options);
        return from diagnostic in compilation.GetDiagnostics()
               where diagnostic.Severity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning
               select $"{page}({line + diagnostic.Location.GetLineSpan().StartLinePosition.Line}): {diagnostic.Id} " +
                   $"{diagnostic.GetMessage(CultureInfo.InvariantCulture)}";
    }

    private static bool IsOfTheTests(string assembly) =>
        assembly.StartsWith("SsMfar.Core.Tests", StringComparison.Ordinal) ||
        assembly.StartsWith("xunit", StringComparison.OrdinalIgnoreCase) ||
        assembly.StartsWith("FluentAssertions", StringComparison.Ordinal) ||
        assembly.StartsWith("CsCheck", StringComparison.Ordinal) ||
        assembly.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal) ||
        assembly.StartsWith(
            "Microsoft.TestPlatform",
            StringComparison.Ordinal) ||
        assembly.StartsWith("SsMfar.RenderedFaces", StringComparison.Ordinal);
}
