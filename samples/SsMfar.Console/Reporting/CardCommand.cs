using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Reports;
using SsMfar.Runtime;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Reporting;

/// <summary><c>card</c>: what whoever uses a model should know of it, kept in the model file and written as Markdown.</summary>
internal static class CardCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> describe = OptionKinds.Text(
            "--describe", "FILE", "What the card says, as JSON; the card that the model has unless given", required: false);
        Option<string> scores = OptionKinds.Text(
            "--scores", "FILE", "The report.json whose scores, with those of groups, the card gives", required: false);
        Option<string> output = CommonOptions.Out(
            "FILE", "the model with its card, replaced when it exists; may be --model", required: false);
        Option<string> markdown = OptionKinds.Text(
            "--markdown", "FILE", "Where to write the card as Markdown; standard output unless given", required: false);
        Command command = new("card", "Write a model's card: data and licences, scores, what it is for and what not") {
            model,
            describe,
            scores,
            output,
            markdown };
        command.Validators.Add(result =>
        {
            bool changes = result.GetResult(describe) is not null || result.GetResult(scores) is not null;
            if (changes != result.GetResult(output) is not null)
            {
                result.AddError(changes
                    ? "--describe and --scores change the card: add --out FILE, the model that is to keep it."
                    : "--out keeps a changed card: add --describe FILE or --scores FILE, or leave it out.");
            }
        });
        command.SetAction(parsed => Run(
            ConsoleSession.Of(parsed), parsed.GetRequiredValue(model), parsed.GetValue(describe), parsed.GetValue(scores),
            parsed.GetValue(output), parsed.GetValue(markdown)));
        return command;
    }

    private static void Run(ConsoleSession session, string model, string? describe, string? scores, string? output, string? markdown)
    {
        Inputs.RequireDistinct(("--describe", describe), ("--scores", scores), ("--out", output), ("--markdown", markdown));
        Inputs.RequireKept([("--markdown", markdown)], ("--model", model));
        Outputs.RequireWritable(("--out", output), ("--markdown", markdown));
        ModelMetadata metadata = Read(model);
        ModelCard card = (describe is null ? metadata.Card : Described(describe)) ??
            (scores is not null ? new() : throw new BadInputException(
                $"{model}: the model has no card. Write one as JSON, and give it with --describe FILE and --out FILE."));
        card = scores is null
            ? card with { Evaluation = card.Evaluation ?? metadata.Card?.Evaluation }
            : card with { Evaluation = AffectReport.ReadCardEvaluation(scores) };
        if (output is not null)
        {
            Commands.Models.Open(model, () =>
            {
                ModelFile.ChangeMetadata(model, output, old => old with { Card = card });
                return output;
            });
        }

        string text = card.ToMarkdown(metadata);
        if (markdown is not null)
        {
            Outputs.Write("--markdown", markdown, "The card", path => AtomicFile.WriteText(path, writer => writer.Write(text)));
        }

        session.WriteResult(
            new JsonObject { ["card"] = JsonNode.Parse(card.ToJson()), ["model"] = output ?? model, ["markdown"] = markdown },
            () => markdown is null ? text : $"Wrote {markdown}.");
    }

    private static ModelMetadata Read(string model)
    {
        using IAffectPredictor predictor = Commands.Models.LoadAny(model, ComputeDevice.Cpu);
        return predictor.Metadata;
    }

    private static ModelCard Described(string path)
    {
        try
        {
            return ModelCard.FromJson(Inputs.ReadText("--describe", path));
        }
        catch (JsonException fault)
        {
            throw new BadInputException($"{path} is no card: {fault.Message.TrimEnd('.')}. Correct it.");
        }
    }
}
