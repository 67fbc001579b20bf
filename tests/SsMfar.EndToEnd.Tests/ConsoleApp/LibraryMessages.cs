using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What the libraries' sources say where they throw or warn, with "*" for what is known only then.</summary>
internal static class LibraryMessages
{
    /// <summary>A message, and the room and file where it is made.</summary>
    public sealed record Message(string Room, string Place, string Exception, string Text);

    private static readonly string[] Libraries = ["SsMfar.Affect", "SsMfar.Core", "SsMfar.Onnx", "SsMfar.Faces"];

    /// <summary>
    /// The messages of every exception that is made in the libraries, and of every fault of a configuration and logged warning.
    /// </summary>
    public static IReadOnlyList<Message> All { get; } = [.. Sources().SelectMany(Of)];

    private static IEnumerable<string> Sources() => Libraries.SelectMany(library =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", library), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)));

    private static IEnumerable<Message> Of(string file)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot();
        Dictionary<string, string> constants = root.DescendantNodes().OfType<VariableDeclaratorSyntax>()
            .Where(variable => variable.Initializer is not null)
            .GroupBy(variable => variable.Identifier.Text)
            .ToDictionary(group => group.Key, group => Text(group.First().Initializer!.Value, []));
        string name = Path.GetFileName(file), room = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), file)
            .Split(Path.DirectorySeparatorChar)[1];
        foreach (BaseObjectCreationExpressionSyntax made in root.DescendantNodes().OfType<ObjectCreationExpressionSyntax>())
        {
            string type = ((ObjectCreationExpressionSyntax)made).Type.ToString();
            if (type.EndsWith("Exception", StringComparison.Ordinal) && made.ArgumentList is { } arguments)
            {
                // Arguments one after another: a message is often made of problem and remedy.
                yield return new(
                    room,
                    name,
                    type,
                    string.Join(". ", arguments.Arguments.Select(argument => Text(argument.Expression, constants))));
            }
        }

        foreach (InvocationExpressionSyntax call in root.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (call.Expression.ToString() is "reader.Fault" or "Fault" or "Require")
            {
                yield return new(
                    room,
                    name,
                    "AnnotationFormatException",
                    string.Join(". ", call.ArgumentList.Arguments.Select(argument => Text(argument.Expression, constants))));
            }
        }

        foreach (YieldStatementSyntax fault in root.DescendantNodes().OfType<YieldStatementSyntax>()
            .Where(_ => name == "ConfigurationFaults.cs"))
        {
            yield return new(
                room, name, "TrainingConfigurationException", fault.Expression is null ? "" : Text(fault.Expression, constants));
        }

        foreach (AttributeSyntax logged in root.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => attribute.ToString().Contains("LogLevel.Warning", StringComparison.Ordinal)))
        {
            yield return new(
                room,
                name,
                "warning",
                string.Concat(logged.DescendantNodes().OfType<LiteralExpressionSyntax>().Select(literal => Text(literal, constants))));
        }
    }

    private static string Text(ExpressionSyntax expression, Dictionary<string, string> constants)
    {
        switch (expression)
        {
            case LiteralExpressionSyntax literal:
                return literal.IsKind(SyntaxKind.StringLiteralExpression) ? literal.Token.ValueText : "*";
            case IdentifierNameSyntax identifier:
                return constants.GetValueOrDefault(identifier.Identifier.Text, "*");
            case BinaryExpressionSyntax sum when sum.IsKind(SyntaxKind.AddExpression):
                return Text(sum.Left, constants) + Text(sum.Right, constants);
            case ConditionalExpressionSyntax choice:
                return $"{Text(choice.WhenTrue, constants)} {Text(choice.WhenFalse, constants)}";
            case ParenthesizedExpressionSyntax inner:
                return Text(inner.Expression, constants);
            case InvocationExpressionSyntax call when call.Expression.ToString() == "nameof":
                return call.ArgumentList.Arguments[0].Expression.ToString().Split('.')[^1];
            case InvocationExpressionSyntax call when call.Expression.ToString() is "FormattableString.Invariant" or "string.Create":
                return Text(call.ArgumentList.Arguments[^1].Expression, constants);
            case MemberAccessExpressionSyntax member when member.Expression
                .ToString() is "TrainingPrecision" or "SemiSupervisionMode" or "PseudoLabelTeacher":
                return member.Name.ToString();
            case InterpolatedStringExpressionSyntax interpolated:
                StringBuilder text = new();
                foreach (InterpolatedStringContentSyntax part in interpolated.Contents)
                {
                    text.Append(part is InterpolationSyntax hole ?
                        Text(hole.Expression, constants) :
                        ((InterpolatedStringTextSyntax)part).TextToken.ValueText);
                }

                return text.ToString();
            default:
                return "*";
        }
    }
}
