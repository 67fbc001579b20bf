using System.CommandLine;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Data;
using SsMfar.Metrics;

namespace SsMfar.ConsoleApp.Commands;

/// <summary><c>score</c>: predictions in the submission format against labels.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        Option<string> annotations = OptionKinds.Text("--annotations", "FILE", "The labels");
        Option<string> predictions = OptionKinds.Text("--predictions", "FILE", "The predictions, in the submission format and in any order");
        Option<ExpressionClassSet?> classes = OptionKinds.Classes();
        Command command = new("score", "Score predictions as the challenge does") { annotations, predictions, classes };
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed),
            parsed.GetRequiredValue(annotations),
            parsed.GetRequiredValue(predictions),
            parsed.GetValue(classes) ?? ExpressionClassSet.AffWild2));
        return command;
    }

    private static void Run(ConsoleSession session, string annotations, string predictions, ExpressionClassSet classes)
    {
        AnnotationSet truth = AnnotationSet.Load(annotations, new() { ExpressionClasses = classes });
        AffectScores scores = AffectScorer.Score(truth, SubmissionFile.Load(predictions, classes));
        session.WriteResult(JsonResults.Of(scores, classes), () => ScoreText.Of(scores, classes));
    }
}
