using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Onnx;
using SsMfar.Training;

namespace SsMfar.Tests.Documentation;

/// <summary>What the libraries log: an id is one event's, and the pages' tables of events have it.</summary>
public sealed partial class LogEventTests
{
    private static readonly Assembly[] Libraries =
    [
        typeof(AnnotationSet).Assembly, typeof(MultiTaskTrainer).Assembly, typeof(OnnxAffectPredictor).Assembly,
        typeof(FaceReader).Assembly,
    ];

    // Code that libraries share is in each of them.
    private static readonly (int Id, string Name)[] Events =
    [
        .. (from library in Libraries
            from type in library.GetTypes()
            from method in type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            from message in method.GetCustomAttributes<LoggerMessageAttribute>()
            select (message.EventId, $"{type.FullName}.{method.Name}")).Distinct(),
    ];

    [Fact]
    public void No_two_events_have_one_id()
    {
        Events.Should().HaveCountGreaterThan(30);
        Events.GroupBy(logged => logged.Id).Where(events => events.Count() > 1)
            .Select(events => $"{events.Key} is {string.Join(" and ", events.Select(logged => logged.Name))}").Should().BeEmpty();
    }

    [Fact]
    public void The_tables_of_the_pages_have_the_ids_of_all_events_and_no_others()
    {
        IEnumerable<int> told =
            from page in new[] { "training.md", "predicting.md", "faces.md" }
            from line in File.ReadLines(Path.Combine(Repository.Root, "docs", page))
                .SkipWhile(line => !line.StartsWith("| id | level |", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
            select int.Parse(Id().Match(line).ValueSpan, CultureInfo.InvariantCulture);

        told.Should().BeEquivalentTo(Events.Select(logged => logged.Id));
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Id();
}
