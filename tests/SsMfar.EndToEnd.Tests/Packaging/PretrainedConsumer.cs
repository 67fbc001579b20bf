namespace SsMfar.Tests.Packaging;

/// <summary>An application whose library, not itself, installs the package of weights.</summary>
internal static class PretrainedConsumer
{
    private const string Properties = """
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
        """;

    /// <summary>Writes the two projects.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="version">The version of the packages.</param>
    /// <param name="feed">The folder they lie in.</param>
    /// <param name="packages">Where restored packages go.</param>
    public static void Write(string folder, string version, string feed, string packages)
    {
        Directory.CreateDirectory(Path.Combine(folder, "App"));
        Directory.CreateDirectory(Path.Combine(folder, "Library"));
        Consumer.WriteSources(folder, feed, packages, RuntimeProbe.PackagesFolder());
        File("Library/Library.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
            {Properties}
              <ItemGroup>
                <PackageReference Include="SsMfar.Pretrained" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        File("Library/Start.cs", """
            using SsMfar.Models;

            public static class Start
            {
                public static string Path => ImageNetWeights.ResNet18.Path;
            }
            """);
        File("App/App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
            {Properties}
              <PropertyGroup>
                <OutputType>Exe</OutputType>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Library/Library.csproj" />
              </ItemGroup>
            </Project>
            """);
        File("App/Program.cs", "Console.WriteLine(Start.Path);");

        void File(string name, string text) => System.IO.File.WriteAllText(Path.Combine(folder, name), text);
    }
}
