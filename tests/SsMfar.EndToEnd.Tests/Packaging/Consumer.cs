namespace SsMfar.Tests.Packaging;

/// <summary>A new console application, outside the repository, of someone who installs the packages.</summary>
internal static class Consumer
{
    // It draws its images, trains a few steps, saves, loads and predicts; each line it prints is asserted on.
    private const string Program = """
        using System.Text.Json;
        using SkiaSharp;
        using SsMfar.Data;
        using SsMfar.Export;
        using SsMfar.Inference;
        using SsMfar.Metadata;
        using SsMfar.Models;
        using SsMfar.Onnx;
        using SsMfar.Predictions;
        using SsMfar.Randomness;
        using SsMfar.Runtime;
        using SsMfar.Training;

        string folder = args[0];
        string images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        var rows = new List<AnnotationRow>();
        for (int i = 0; i < 32; i++)
        {
            using var bitmap = new SKBitmap(48, 48);
            using (var canvas = new SKCanvas(bitmap))
            {
                canvas.Clear(SKColor.FromHsv(i % 8 * 45, 60, 80));
                using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
                canvas.DrawCircle(24, 24, 4 + i % 8 * 2, paint);
            }

            string name = $"{i:00}/00001.png";
            Directory.CreateDirectory(Path.Combine(images, $"{i:00}"));
            using FileStream file = File.Create(Path.Combine(images, name));
            bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
            var units = ActionUnitLabels.From([.. ActionUnits.All.Select((_, unit) => (bool?)((i + unit) % 2 == 0))]);
            rows.Add(new AnnotationRow(name, new ValenceArousal(i / 16f - 1, 1 - i / 16f), i % 3 == 0 ? null : i % 8, units)
            {
                Extra = new float[] { 20 + i },
            });
        }

        new AnnotationSet(rows, extraColumns: ["age"]).Save(Path.Combine(folder, "train.txt"));
        var data = AffectDataset.Load(Path.Combine(folder, "train.txt"), imageRoot: images);
        var trainer = MultiTaskTrainer.CreateBuilder()
            .UseVariant(SsMfarVariant.SsMfar)
            .UseBackbone(BackboneFactory.ResNet18)
            .UseDevice(ComputeDevice.Cpu)
            .Configure(o => { o.Epochs = 1; o.BatchSize = 8; o.ImageSize = 32; })
            .Build();
        using TrainingResult result = await trainer.FitAsync(data, data);
        Console.WriteLine($"epochs {result.History.Length}");
        Console.WriteLine($"finite {result.History.All(epoch => epoch.Losses.Values.All(double.IsFinite))}");
        Console.WriteLine($"score {result.BestScore is not null}");
        string model = Path.Combine(folder, "affect.safetensors");
        result.SaveModel(model);

        using var predictor = AffectPredictor.Load(model, new() { Device = ComputeDevice.Cpu });
        var face = predictor.Predict(Path.Combine(images, "00/00001.png"));
        Console.WriteLine($"class {ExpressionClassSet.AffWild2.Names.Contains(face.Expression?.Name)}");
        Console.WriteLine($"probabilities {face.Expression?.Probabilities.Sum() is > 0.9999f and < 1.0001f}");
        Console.WriteLine($"affect {face.Valence is >= -1 and <= 1 && face.Arousal is >= -1 and <= 1}");
        var found = face.ActionUnits;
        Console.WriteLine($"units {found?.Probabilities.Length} {found?.Probability(ActionUnit.AU12) is > 0 and < 1}");

        string exported = Path.Combine(folder, "affect.onnx");
        OnnxExporter.Export(model, exported);
        using var onnx = OnnxAffectPredictor.Load(exported);
        await Extensions.RunAsync(folder, images);
        Console.WriteLine($"onnx {Math.Abs(onnx.Predict(Path.Combine(images, "00/00001.png")).Valence - face.Valence ?? 1) < 1e-4}");

        using (var network = new ResNet(18, RandomKey.FromSeed(1)))
        {
            PretrainedReport taken = ImageNetWeights.ResNet18.LoadInto(network);
            Console.WriteLine($"weights {taken.Matched.Length} {taken.Missing.Length}");
        }

        // The application's own tests need no model.
        IAffectPredictor fake = new FakePredictor(new() { Expression = new(new ExpressionClassSet("calm", "glad"), [0.25f, 0.75f]) });
        Console.WriteLine($"fake {fake.Predict("any.jpg")} | {fake.PredictAll([FaceImage.FromFile("any.jpg")])[0]}");
        Console.WriteLine($"json {JsonSerializer.Serialize(fake.Predict("any.jpg"))}");

        sealed class FakePredictor(AffectPrediction face) : IAffectPredictor
        {
            public ModelMetadata Metadata => new() { Input = new() };
            public AffectPrediction Predict(FaceImage image) => face;
            public void Dispose() { }
        }
        """;

    private static string Natives => OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64"
        : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64"
        : "libtorch-cpu-linux-x64";

    /// <summary>Writes the project, its program and a configuration of its own.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="version">The version of the packages.</param>
    /// <param name="feed">The folder they lie in; joins the machine's own sources.</param>
    /// <param name="packages">Where restored packages go.</param>
    /// <param name="cache">Packages that are there already are read from here.</param>
    public static void Write(string folder, string version, string feed, string packages, string cache)
    {
        Directory.CreateDirectory(folder);
        void File(string name, string text) => System.IO.File.WriteAllText(Path.Combine(folder, name), text);
        File("Program.cs", Program);
        File("Extensions.cs", ConsumerParts.Program);
        WriteSources(folder, feed, packages, cache);

        // Links instead of copies of half a gigabyte of libtorch; nothing writes to the output folder. The audit would ask a server.
        File("Consumer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SsMfar.Core" Version="{version}" />
                <PackageReference Include="SsMfar.Onnx" Version="{version}" />
                <PackageReference Include="SsMfar.Pretrained" Version="{version}" />
                <PackageReference Include="{Natives}" Version="{PackedLibraries.CentralVersion(Natives)}" />
              </ItemGroup>
            </Project>
            """);
    }

    /// <summary>Where packages come from and go to, for the projects in a folder; whatever lies in the folders above stays out.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="feed">The folder with the packages; joins the machine's own sources.</param>
    /// <param name="packages">Where restored packages go.</param>
    /// <param name="cache">Packages that are there already are read from here.</param>
    public static void WriteSources(string folder, string feed, string packages, string cache)
    {
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="{packages}" />
              </config>
              <packageSources>
                <add key="ssmfar-packed" value="{feed}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="present" value="{cache}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        foreach (string name in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
        {
            File.WriteAllText(Path.Combine(folder, name), "<Project />");
        }
    }
}
